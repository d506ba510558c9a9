// @ts-check
// What a verdict made of the pictures: fresh tiles in place of those that are shown.
import { showCounts } from "./words.js";

/** @param {{tiles: string[], piles: Record<string, number>}} answer of the server to a verdict */
export function showAnswer({ tiles, piles }) {
  const fresh = tiles.map((html) => replaceTile(tileFrom(html))).filter((tile) => tile !== undefined);
  showCounts(piles);
  document.dispatchEvent(new CustomEvent("marked", { detail: { tiles: fresh } }));
}

/** The tile stays where it is, greyed when it now belongs to another pile.
 * @param {HTMLElement} fresh */
function replaceTile(fresh) {
  const tile = document.getElementById(fresh.id);
  const picture = /** @type {HTMLElement | null} */ (tile?.querySelector(".tile-picture"));
  if (!tile || !picture) return undefined;
  const focused = tile.contains(document.activeElement) ? document.activeElement : null;
  fresh.querySelector(".tile-picture")?.replaceWith(picture); // or it would flicker
  tile.replaceWith(fresh);
  const gallery = /** @type {HTMLElement} */ (fresh.closest("pile-gallery"));
  fresh.classList.toggle("tile-moved", fresh.dataset.pile !== gallery.dataset.pile);
  if (focused) refocus(fresh, picture, /** @type {HTMLElement} */ (focused));
  return fresh;
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
