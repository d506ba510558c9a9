// Names of a result's pictures. They are fetched in parts once the page is calm, because a wall can
// be shown without them.
import { data } from "./result-data.js";

const names = []; // by number
const folders = []; // by number
const known = new Map(); // each folder once: equal strings that are one object are compared fast
let loading = null;

/** @returns {string} the path in the archive; "" while it is not known */
export function getName(number) {
  return names[number] ?? "";
}

/** @returns {string} the folder in the archive, with a slash at its end; "" if there is none */
export function getFolder(number) {
  return folders[number] ?? "";
}

/** Fetch all names once; "names" is dispatched on document after each part (with `isLast`). */
export function loadNames() {
  loading ??= fetchParts();
  return loading;
}

async function fetchParts() {
  let after = "";
  while (after !== null) {
    const response = await fetch(`${data.url}/names.json?after=${after}`).catch(() => null);
    if (!response?.ok) {
      loading = null; // the next call tries again
      return;
    }
    const part = await response.json();
    part.numbers.forEach((number, position) => addName(number, part.names[position]));
    after = part.next;
    document.dispatchEvent(new CustomEvent("names", { detail: { isLast: after === null } }));
  }
}

function addName(number, path) {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  if (!known.has(folder)) known.set(folder, folder);
  names[number] = path;
  folders[number] = known.get(folder);
}
