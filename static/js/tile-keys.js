// @ts-check
// The grid by keyboard: arrows go from picture to picture, P and X judge the one in focus and go on, U takes back.
import { mark, wordOf } from "./marks.js";

/** @param {KeyboardEvent} event in the gallery */
export function onTileKey(event) {
  const tile = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest(".tile"));
  if (!tile) return;
  const word = wordOf(event);
  const judged = word === "is" || word === "is_not";
  const neighbour = judged ? tile.nextElementSibling : neighbourOf(tile, event.key);
  if (word) mark(tile, word);
  if (neighbour) /** @type {HTMLElement} */ (neighbour.querySelector(".tile-picture")).focus();
  if (word || neighbour) event.preventDefault();
}

/** @param {HTMLElement} tile @param {string} key @returns {Element | null | undefined} */
function neighbourOf(tile, key) {
  if (key === "ArrowRight") return tile.nextElementSibling;
  if (key === "ArrowLeft") return tile.previousElementSibling;
  if (key !== "ArrowDown" && key !== "ArrowUp") return null;
  const tiles = /** @type {HTMLElement[]} */ ([...(tile.parentElement?.children ?? [])]);
  const columns = tiles.findIndex((other) => other.offsetTop > tiles[0].offsetTop);
  if (columns < 0) return null; // one row
  return tiles[tiles.indexOf(tile) + (key === "ArrowDown" ? columns : -columns)];
}
