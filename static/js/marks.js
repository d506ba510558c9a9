// @ts-check
// What the user says of a picture. The tile stays where it is, so that it can be taken back at once.
import { inTurn, post } from "./send.js";
import { showAnswer } from "./tile-swap.js";
import { announce } from "./words.js";

/** @typedef {"is" | "is_not" | "none"} Word */

/** The same key means the same in the grid and in the large view.
 * @type {Record<string, Word>} */
const KEYS = { p: "is", x: "is_not", u: "none" };

/** @param {KeyboardEvent} event @returns {Word | undefined} */
export function wordOf(event) {
  return event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key.toLowerCase()];
}

/** @param {HTMLElement} tile @param {Word} word */
export function mark(tile, word) {
  // By its id: what was said before may have put another element in its place.
  return inTurn(() => say(document.getElementById(tile.id) ?? tile, word));
}

/** Say it, and show what the server made of it: of this picture and of its copies.
 * @param {HTMLElement} tile @param {Word} word */
async function say(tile, word) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById("verdicts"));
  if ((tile.dataset.verdict || "none") === word) return;
  const copies = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-content="${tile.dataset.content}"]`));
  const shown = [...copies].slice(0, 100).map((copy) => copy.dataset.number).join(" ");
  const confidence = confidenceShown();
  const answer = await post(form, { mark: `${tile.dataset.number}:${word}`, shown, confidence }).catch((error) => announce(error.message, true));
  if (!answer) return;
  showAnswer(answer);
  announce(word === "none" ? "Undone." : `You said: ${word === "is" ? "is" : "is not"}.`);
}

/** The confidence that this page shows, which another window may have moved meanwhile. */
export function confidenceShown() {
  const field = /** @type {HTMLInputElement} */ (document.getElementById("confidence"));
  return field.validity.valid ? field.value : "";
}

/** A click on one of a tile's buttons, anywhere in the gallery.
 * @param {MouseEvent} event */
export function onMarkClick(event) {
  const button = /** @type {HTMLButtonElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("button.mark"));
  const tile = /** @type {HTMLElement | null} */ (button?.closest(".tile"));
  if (!button || !tile) return;
  event.preventDefault();
  mark(tile, /** @type {Word} */ (button.value.split(":")[1]));
}
