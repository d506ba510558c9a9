// Requests that change something: forms answered in JSON, one after the other.

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
let waiting = 0;

/**
 * Run tasks one after the other, because a verdict between two page loads shifts the offsets, and a
 * picture would be skipped. The browser asks before the page is left while some are not done.
 * @param {() => Promise<any>} task
 */
export function enqueue(task) {
  if (waiting === 0) addEventListener("beforeunload", warn);
  waiting += 1;
  const result = lastTask.then(task).finally(() => {
    waiting -= 1;
    if (waiting === 0) removeEventListener("beforeunload", warn);
  });
  lastTask = result.catch(() => undefined);
  return result;
}

function warn(event) {
  event.preventDefault(); // the browser then asks in its own words
}
