// A client of the protocol tus 1.0: an upload that breaks off continues where the server's file ends.

const VERSION = { "Tus-Resumable": "1.0.0" };
const PART_BYTES = 32 * 1024 * 1024; // one request; a proxy may limit its size
const FIRST_DELAY = 1000; // milliseconds
const LONGEST_DELAY = 30_000;
const PASSING = [408, 409, 423, 429, 500, 502, 503, 504, 507]; // the same request may succeed later

const TOO_LATE = "It was too late to cancel: all of it had arrived. You find it under Jobs soon.";

/** The server's final no, as a sentence. */
export class Refused extends Error {}

/** The user cancelled after all of the file had arrived; it becomes a job. */
export class TooLate extends Refused {}

class Gone extends Error {}

/**
 * Upload a file, however often the line breaks.
 * @param {{
 *   url?: string, metadata: Record<string, string>, signal: AbortSignal,
 *   onBytes: (sent: number, total: number) => void,
 *   onTrouble: (sentence: string, delay: number) => void,
 * }} options url: of an unfinished upload of the same file
 * @returns {Promise<string>} the address of the job
 */
export async function uploadResumable(file, { url, metadata, signal, onBytes, onTrouble }) {
  let delay = FIRST_DELAY;
  const onProgress = (sent) => {
    delay = FIRST_DELAY;
    onBytes(sent, file.size);
  };
  for (;;) {
    try {
      url ??= await create(file, metadata);
      return await continueAt(url, file, signal, onProgress);
    } catch (error) {
      if (signal.aborted && !(await cancel(url))) throw new TooLate(TOO_LATE);
      if (signal.aborted || error instanceof Refused) throw error;
      if (error instanceof Gone) url = undefined;
      onTrouble(error.message, delay);
      await wait(delay, signal);
      delay = Math.min(2 * delay, LONGEST_DELAY);
    }
  }
}

/** Not to be aborted, because the server would keep an upload whose address nobody knows. */
async function create(file, metadata) {
  const headers = { "Upload-Length": file.size, "Upload-Metadata": encode(metadata) };
  const response = await ask("/files/", "POST", null, headers);
  return response.headers.get("Location");
}

async function continueAt(url, file, signal, onProgress) {
  let { headers } = await ask(url, "HEAD", signal);
  for (;;) {
    const job = headers.get("Job-Location");
    if (job) return job;
    const offset = Number(headers.get("Upload-Offset"));
    onProgress(offset);
    headers = await sendPart(url, file, offset, signal, onProgress);
  }
}

async function ask(url, method, signal, headers = {}) {
  const response = await fetch(url, { method, signal, headers: { ...VERSION, ...headers } }).catch(
    () => null,
  );
  if (!response) throw new Error("The connection broke.");
  if (!response.ok) throw explain(response.status, await response.json().catch(() => null));
  return response;
}

/** Send the next part. @returns {Promise<Headers>} */
function sendPart(url, file, offset, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot report how much it has sent
    request.open("PATCH", url);
    const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": offset };
    for (const [name, value] of Object.entries({ ...VERSION, ...headers })) {
      request.setRequestHeader(name, value);
    }
    request.responseType = "json";
    request.upload.onprogress = (event) => onProgress(offset + event.loaded);
    request.onload = () => {
      if (request.status !== 204) return reject(explain(request.status, request.response));
      const lines = request.getAllResponseHeaders().trim().split("\r\n");
      resolve(new Headers(lines.map((line) => line.split(/: (.*)/, 2))));
    };
    request.onerror = () => reject(new Error("The connection broke."));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file.slice(offset, offset + PART_BYTES));
  });
}

function explain(status, answer) {
  const sentence = answer?.error ?? `The upload was refused (${status}).`;
  if (status === 404 || status === 410) return new Gone(sentence);
  return PASSING.includes(status) ? new Error(sentence) : new Refused(sentence);
}

/**
 * Delete what has arrived; the server may still write the last part.
 * @returns {Promise<boolean>} false if all of it has arrived and becomes a job
 */
async function cancel(url) {
  let locked = false;
  for (let left = 10; url && left > 0; left -= 1) {
    const response = await fetch(url, { method: "DELETE", headers: VERSION }).catch(() => null);
    if (response && response.status !== 423) return true;
    locked = response !== null; // else the connection broke, which may pass
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return !locked;
}

/** Wait, but not longer than the browser is offline. */
function wait(delay, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, delay);
    window.addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}

function encode(metadata) {
  const pairs = Object.entries(metadata).map(([key, value]) => {
    const bytes = new TextEncoder().encode(value);
    return `${key} ${btoa(String.fromCharCode(...bytes))}`;
  });
  return pairs.join(",");
}
