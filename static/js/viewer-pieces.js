// @ts-check
import { showFull } from "./full-picture.js";

/**
 * Show in the large view what a tile shows.
 * @param {HTMLElement} viewer
 * @param {HTMLElement} tile
 */
export function fillIn(viewer, tile) {
  /** @param {string} name @returns {HTMLElement} */
  const piece = (name) => /** @type {HTMLElement} */ (viewer.querySelector(`[data-show="${name}"], [data-do="${name}"]`));
  const link = /** @type {HTMLAnchorElement} */ (tile.querySelector(".tile-picture"));
  piece("name").replaceChildren(/** @type {Node} */ (tile.querySelector(".path")?.cloneNode(true)));
  piece("probability").textContent = tile.querySelector(".tile-probability")?.textContent ?? "";
  for (const word of ["is", "is_not"]) piece(word).setAttribute("aria-pressed", String(tile.dataset.verdict === word));
  piece("none").toggleAttribute("disabled", !tile.dataset.verdict);
  const image = /** @type {HTMLImageElement} */ (piece("picture"));
  showFull(image, /** @type {HTMLImageElement} */ (link.querySelector("img")), link.href);
}
