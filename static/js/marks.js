// @ts-check
// What the user says of a picture. The tile stays where it is, so that it can be taken back at once.
import { post } from "./send.js";
import { announce, showCounts } from "./words.js";

/** @typedef {"is" | "is_not" | "none"} Word */

/** The same key means the same in the grid and in the large view.
 * @type {Record<string, Word>} */
const KEYS = { p: "is", x: "is_not", u: "none" };

/** @param {KeyboardEvent} event @returns {Word | undefined} */
export function wordOf(event) {
  return event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key.toLowerCase()];
}

/**
 * Say it, show what the server made of it, and tell the page ("marked").
 * @param {HTMLElement} tile
 * @param {Word} word
 */
export async function mark(tile, word) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById("verdicts"));
  if ((tile.dataset.verdict || "none") === word) return;
  const answer = await post(form, { mark: `${tile.dataset.number}:${word}` }).catch((error) => announce(error.message, true));
  if (!answer) return;
  const fresh = tileFrom(answer.tile);
  const picture = /** @type {HTMLElement} */ (tile.querySelector(".tile-picture"));
  const focused = tile.contains(document.activeElement) ? document.activeElement : null;
  fresh.querySelector(".tile-picture")?.replaceWith(picture); // or it would flicker
  tile.replaceWith(fresh);
  const gallery = /** @type {HTMLElement} */ (fresh.closest("pile-gallery"));
  fresh.classList.toggle("tile-moved", answer.pile !== gallery.dataset.pile);
  if (focused) refocus(fresh, picture, /** @type {HTMLElement} */ (focused));
  showCounts(answer.piles);
  announce(fresh.querySelector(".tile-said")?.textContent ?? "Undone.");
  document.dispatchEvent(new CustomEvent("marked", { detail: { tile: fresh } }));
}

/** @param {string} html @returns {HTMLElement} */
function tileFrom(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return /** @type {HTMLElement} */ (holder.content.querySelector(".tile"));
}

/** The keyboard stays on the button that was pressed, or on the picture if that button is gone.
 * @param {HTMLElement} fresh @param {HTMLElement} picture @param {HTMLElement} before */
function refocus(fresh, picture, before) {
  const value = before instanceof HTMLButtonElement ? before.value : "";
  /** @type {HTMLElement} */ (fresh.querySelector(`button[value="${value}"]`) ?? picture).focus();
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
