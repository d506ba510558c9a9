// Names of a result's pictures. They are fetched in parts once the page is calm, because a wall can
// be shown without them.
import { data } from "./result-data.js";

const names = new Map(); // by number
let loading = null;

/** @returns {string} the path in the archive; "" while it is not known */
export function getName(number) {
  return names.get(number) ?? "";
}

/** Fetch all names once; "names" is dispatched on document after each part. */
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
    part.numbers.forEach((number, position) => names.set(number, part.names[position]));
    document.dispatchEvent(new CustomEvent("names"));
    after = part.next;
  }
}
