// The user's verdict on a picture, by button or by key.
import { announce, announceError } from "./announce.js";
import { enqueue, sendForm } from "./send.js";
import { findNeighbour, showChange } from "./tile.js";

const VERDICTS = { p: "is", x: "is_not", u: "none" }; // by key, the same in gallery and viewer
const MAX_COPIES = 100; // tiles that one answer may bring again

/** @returns {"is" | "is_not" | "none" | undefined} */
export function verdictOfKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  return VERDICTS[event.key.toLowerCase()];
}

export function setVerdict(tile, verdict) {
  // Find the tile again when its turn comes: an earlier answer may have replaced the element.
  return enqueue(() => sendVerdict(document.getElementById(tile.id) ?? tile, verdict));
}

async function sendVerdict(tile, verdict) {
  if ((tile.dataset.verdict || "none") === verdict) return;
  const fields = { verdict, numbers: findCopies(tile).join(" "), confidence: readConfidence() };
  const button = tile.querySelector(".verdict-button");
  try {
    showChange(await sendForm(button.form, fields, button.formAction));
    const choice = document.getElementById(tile.id)?.querySelector(".tile-verdict");
    announce(choice?.textContent ?? "Undone.");
  } catch (error) {
    announceError(error.message);
  }
}

/** Numbers of the tiles that show the same picture. */
function findCopies(tile) {
  const copies = document.querySelectorAll(`[data-content="${tile.dataset.content}"]`);
  return [...copies].slice(0, MAX_COPIES).map((copy) => copy.dataset.number);
}

/** Returns this page's confidence. Another window may have saved another one meanwhile. */
export function readConfidence() {
  const field = document.getElementById("confidence");
  return field.validity.valid ? field.value : "";
}

/** Handle a click on a tile's verdict buttons. */
export function onVerdictClick(event) {
  const button = event.target.closest("button.verdict-button");
  const tile = button?.closest(".tile");
  if (!tile) return;
  event.preventDefault();
  setVerdict(tile, button.value);
}

/** Handle a key in the gallery: arrows move, P and X judge and go on, U undoes. */
export function onVerdictKey(event) {
  const tile = event.target.closest(".tile");
  if (!tile) return;
  const verdict = verdictOfKey(event);
  const goesOn = verdict === "is" || verdict === "is_not";
  const neighbour = goesOn ? tile.nextElementSibling : findNeighbour(tile, event.key);
  if (verdict) setVerdict(tile, verdict);
  if (neighbour) neighbour.querySelector(".tile-picture").focus();
  if (verdict || neighbour) event.preventDefault();
}
