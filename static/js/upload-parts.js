// The parts of an upload: every archive, and the loose files together. Each becomes a job.
import { packLoose } from "./loose-files.js";
import { Refused, TooLate } from "./tus.js";

/** One loose picture is sent as it is, several as one file. */
export function listParts({ archives, loose }) {
  return [...archives, ...(loose.length > 1 ? [packLoose(loose)] : loose)];
}

/**
 * Send one part after the other. One that is refused does not keep the others back.
 * @param {(part: object, jobs: string[]) => Promise<void>} send adds the job to `jobs`
 * @param {AbortSignal} signal the user's Cancel
 * @returns {Promise<{jobs: string[], refusals: string[], arrived: number, isCancelled: boolean}>}
 *   `arrived` also counts a part that arrived before the Cancel and is not a job yet
 */
export async function sendParts(parts, send, signal) {
  const jobs = [];
  const refusals = [];
  let late = 0;
  for (const part of parts) {
    try {
      await send(part, jobs);
    } catch (failure) {
      if (signal.aborted && !(failure instanceof Refused)) {
        return { jobs, refusals, arrived: jobs.length, isCancelled: true };
      }
      if (failure instanceof TooLate) late = 1;
      refusals.push(parts.length > 1 ? name(failure.message, part.path) : failure.message);
      if (signal.aborted) break; // the others are not sent
    }
  }
  return { jobs, refusals, arrived: jobs.length + late, isCancelled: false };
}

/** Say what became of an upload of which not every part arrived. */
export function describeEnd({ refusals, arrived, isCancelled }, all) {
  const sentences = [...refusals, ...(isCancelled ? ["Upload cancelled."] : [])];
  if (isCancelled || all > 1) sentences.push(describeArrived(arrived, all));
  return sentences.join(" ");
}

/** The sentence about a file, with its name. */
function name(sentence, path) {
  const last = path.split("/").at(-1);
  return sentence.includes(last) ? sentence : `${last}: ${sentence}`;
}

function describeArrived(arrived, all) {
  if (arrived === 0) return "Nothing was saved.";
  return `${arrived} of ${all} arrived and ${arrived === 1 ? "is" : "are"} listed under Jobs.`;
}
