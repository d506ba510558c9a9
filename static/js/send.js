// @ts-check
// Sending forms: with a report of the bytes, or as a short question that is answered in JSON.

/**
 * Send a form's data and count the bytes. Resolves with the address to go to.
 * @param {string} url
 * @param {FormData} data
 * @param {(sent: number, total: number) => void} onBytes
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
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
    request.onerror = () =>
      reject(new Error("The connection broke off. Is MonaSieve still running? Nothing was kept; try again."));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(data);
  });
}

/**
 * Send a form's fields, with some set to other values.
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} fields
 * @returns {Promise<any>} what the server answered
 */
export async function post(form, fields) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const sent = fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  const answer = await sent.then((response) => response.json()).catch(() => null);
  if (!answer) throw new Error("MonaSieve does not answer. Is it still running? Nothing was changed.");
  if (!answer.ok) throw new Error(answer.error);
  return answer;
}

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * Do what changes a pile, and what counts on where one was read to, one after the other: or a
 * picture could slip between two pages.
 * @template Result
 * @param {() => Promise<Result>} task
 * @returns {Promise<Result>}
 */
export function inTurn(task) {
  const done = last.then(task);
  last = done.catch(() => undefined);
  return done;
}
