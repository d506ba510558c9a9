// Reports of earlier jobs, which restore their reviews.

const SUFFIX = /\.(csv|json)$/i;
const START_BYTES = 64 * 1024; // longer than the first lines of any report
const NAMES = ["sha256", "verdict", "target"];

/**
 * Tell whether a file is a report; the server checks it again.
 * @param {import("./dropped.js").SentFile} file
 */
export async function isReport({ file, path }) {
  if (!SUFFIX.test(path)) return false;
  const start = await file.slice(0, START_BYTES).text();
  const [first, second = ""] = start.split("\n", 2);
  const names = first.trim() === "[" ? second : first;
  return NAMES.every((name) => names.includes(name));
}

/** Let a job restore a report, at once or at its end. */
export async function sendReport({ file, path }, job, token) {
  const body = new FormData();
  body.set("csrf_token", token);
  body.set("report", file, path);
  const headers = { Accept: "application/json" };
  const answer = await fetch(`${job}/restore`, { method: "POST", body, headers })
    .then((response) => response.json())
    .catch(() => ({ error: "The connection broke." }));
  if (!answer.ok) {
    throw new Error(
      `The archive has arrived, but its report has not: ${answer.error} Restore it on the page of the result, under ⋯.`,
    );
  }
}
