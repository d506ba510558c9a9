// Verdicts by the tiles' buttons and keys.
import { announce } from "./announce.js";
import { findNeighbour } from "./tile.js";
import { readVerdictKey, setVerdict } from "./verdicts.js";

const VERDICTS = ["is", "is_not", "none"];

async function judge(tile, verdict) {
  if ((tile.dataset.verdict || "none") === verdict) return;
  if (!(await setVerdict(tile.dataset.number, verdict))) return;
  const choice = document.getElementById(tile.id)?.querySelector(".tile-verdict");
  announce(choice?.textContent ?? "Undone.");
}

/** Handle a click on a tile's verdict buttons. */
export function onVerdictClick(event) {
  const button = event.target.closest("button.verdict-button");
  const tile = button?.closest(".tile");
  if (!tile) return;
  event.preventDefault();
  judge(tile, button.value);
}

/** Handle a key in the gallery: arrows move, P and X judge and go on, U undoes. */
export function onVerdictKey(event) {
  const tile = event.target.closest(".tile");
  if (!tile) return;
  const verdict = VERDICTS.find((name) => name === readVerdictKey(event));
  const goesOn = verdict === "is" || verdict === "is_not";
  const neighbour = goesOn ? tile.nextElementSibling : findNeighbour(tile, event.key);
  if (verdict) judge(tile, verdict);
  if (neighbour) neighbour.querySelector(".tile-picture").focus();
  if (verdict || neighbour) event.preventDefault();
}
