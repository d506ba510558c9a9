// Requests that change something: uploads that count their bytes, and forms answered in JSON.

/**
 * Upload a form's data.
 * @param {(sent: number, total: number) => void} onBytes
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the address to go to
 */
export function upload(url, data, onBytes, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot report how much it has sent
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => onBytes(event.loaded, event.total);
    request.onload = () => {
      const answer = request.response ?? {};
      if (answer.ok) resolve(answer.url);
      else reject(new Error(answer.error ?? `The upload was refused (${request.status}).`));
    };
    request.onerror = () => {
      reject(new Error("The connection broke. Is MonaSieve still running? Please upload again."));
    };
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(data);
  });
}

/**
 * Send a form with some fields set to other values, and return the server's answer.
 * @param {Record<string, string>} fields
 */
export async function sendForm(form, fields, url = form.action) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } })
    .then((response) => response.json())
    .catch(() => null);
  if (!answer) {
    throw new Error("MonaSieve does not answer. Is it still running? Nothing was changed.");
  }
  if (!answer.ok) throw Object.assign(new Error(answer.error), { isAnswered: true });
  return answer;
}

let lastTask = Promise.resolve();

/**
 * Run tasks one after the other, because a verdict between two page loads shifts the offsets, and a
 * picture would be skipped.
 * @param {() => Promise<any>} task
 */
export function enqueue(task) {
  const result = lastTask.then(task);
  lastTask = result.catch(() => undefined);
  return result;
}
