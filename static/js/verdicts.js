// The user's verdicts, undo and redo: every request of the wall and of review mode goes through
// here. The page has one <verdict-history>, whose form carries the address and the token.
// After each answer the document gets the event "verdicts"; its detail is the server's answer
// (webapp/pages/verdicts.py describes the fields) with the `action`: set, undo,
// redo or undo all.
import { announce, announceBriefly, announceError, withdraw } from "./announce.js";
import { writeRanges } from "./selection.js";
import { enqueue, sendForm } from "./send.js";
import { tellOthers } from "./windows.js";

const RETRY_MS = [300, 1000, 3000, 6000]; // while MonaSieve restarts

let failure = ""; // what the last failed request said

/** Set one picture's verdict; resolves to the answer, or to null if the request failed. */
export function setVerdict(number, verdict) {
  return send("set", () => ({
    path: `/pictures/${number}/verdict`,
    fields: { verdict, request_id: makeRequestId() },
  }));
}

/**
 * Set the same verdict on many pictures; it is one step of undo.
 * @param {number[]} numbers rising
 */
export function setVerdicts(numbers, verdict) {
  return send("set", () => ({
    path: "/verdicts/bulk",
    fields: { verdict, numbers: writeRanges(numbers), request_id: makeRequestId() },
  }));
}

/** Undo the newest step of this job. */
export function undo() {
  return step("undo", "undone", "undo");
}

/** Apply the step that was undone last again. */
export function redo() {
  return step("redo", "done again", "do again");
}

/** Undo every step that is newer than the entry `after`. */
export function undoAll(after) {
  return send("undo all", () => ({ path: "/verdicts/undo", fields: { after: String(after) } }));
}

/** The newest entry of the history; 0 if there is none. */
export function newestEntry() {
  return Number(findHistory().dataset.undo || 0);
}

async function step(direction, done, toDo) {
  let words = "";
  const answer = await send(direction, () => {
    const history = findHistory();
    const entry = history.dataset[direction];
    words = history.dataset[`${direction}Words`];
    if (!entry) announceBriefly(`Nothing is left to ${toDo}.`);
    return entry ? { path: `/verdicts/${direction}`, fields: { entry } } : null;
  });
  if (answer?.changes.number.length) announce(`${done[0].toUpperCase()}${done.slice(1)}: ${words}.`);
  else if (answer) {
    announceBriefly(`Your answers changed in another window, so nothing is ${done} yet. Try again.`);
  }
  return answer;
}

/** Requests run one after the other, so `prepare` sees what the previous answer said. */
function send(action, prepare) {
  return enqueue(async () => {
    const request = prepare();
    if (!request) return null;
    const history = findHistory();
    const form = history.querySelector("form");
    try {
      const answer = await retry(() =>
        sendForm(form, request.fields, history.dataset.job + request.path),
      );
      withdraw(failure);
      tellOthers(history.dataset.job, answer.state);
      document.dispatchEvent(new CustomEvent("verdicts", { detail: { ...answer, action } }));
      return answer;
    } catch (error) {
      failure = error.message;
      announceError(failure);
      return null;
    }
  });
}

/** The server applies a request once, even if its answer is lost and the request comes again. */
async function retry(task) {
  for (const delay of RETRY_MS) {
    try {
      return await task();
    } catch (error) {
      if (error.isAnswered) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, delay));
  }
  return task();
}

function findHistory() {
  return document.querySelector("verdict-history");
}

/** crypto.randomUUID exists on https and localhost only. */
function makeRequestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
