// Send verdicts, one request after the other, and show what they changed.
import { announce, announceError } from "./announce.js";
import { pluralize } from "./format.js";
import { data } from "./result-data.js";
import { enqueue, sendForm } from "./send.js";

/**
 * Give the same verdict on pictures, as one entry of the undo list.
 * @param {number[]} numbers
 * @param {"is" | "is_not" | "none"} verdict
 */
export function sendVerdicts(numbers, verdict) {
  return enqueue(async () => {
    const form = document.getElementById("verdicts");
    const fields = { verdict, numbers: numbers.join(" ") };
    try {
      const answer = await sendForm(form, fields, `${data.url}/verdicts/bulk`);
      data.applyChanges(answer.changes);
      announce(describe(numbers.length, verdict, form.dataset.title));
    } catch (error) {
      announceError(error.message);
    }
  });
}

function describe(count, verdict, title) {
  const pictures = pluralize(count, "picture");
  if (verdict === "none") return `Your choice is removed from ${pictures}.`;
  return `${pictures} marked as ${verdict === "is" ? "" : "not "}${title}.`;
}
