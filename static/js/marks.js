// @ts-check
// What the user says of a picture. The tile stays where it is, so that it can be taken back at once.
import { inTurn, post } from "./send.js";
import { announce, showCounts } from "./words.js";

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
  const answer = await post(form, { mark: `${tile.dataset.number}:${word}`, shown }).catch((error) => announce(error.message, true));
  if (!answer) return;
  for (const html of answer.tiles) replaceTile(tileFrom(html));
  showCounts(answer.piles);
  announce(word === "none" ? "Undone." : `You said: ${word === "is" ? "is" : "is not"}.`);
}

/** The tile stays where it is, greyed when it now belongs to another pile, and the page is told.
 * @param {HTMLElement} fresh */
function replaceTile(fresh) {
  const tile = document.getElementById(fresh.id);
  const picture = /** @type {HTMLElement | null} */ (tile?.querySelector(".tile-picture"));
  if (!tile || !picture) return;
  const focused = tile.contains(document.activeElement) ? document.activeElement : null;
  fresh.querySelector(".tile-picture")?.replaceWith(picture); // or it would flicker
  tile.replaceWith(fresh);
  const gallery = /** @type {HTMLElement} */ (fresh.closest("pile-gallery"));
  fresh.classList.toggle("tile-moved", fresh.dataset.pile !== gallery.dataset.pile);
  if (focused) refocus(fresh, picture, /** @type {HTMLElement} */ (focused));
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
