// Tiles of the gallery: their neighbours, and fresh ones after a verdict.
import { showCounts } from "./pile-counts.js";

/**
 * Show what a verdict changed, and dispatch "verdict" with the fresh tiles.
 * @param {{tiles: string, piles: Record<string, number>}} answer of the server
 */
function showChange(answer) {
  const holder = document.createElement("template");
  holder.innerHTML = answer.tiles;
  const tiles = [...holder.content.querySelectorAll(".tile")].filter(replaceTile);
  showCounts(answer.piles);
  document.dispatchEvent(new CustomEvent("verdict", { detail: { tiles } }));
}

/**
 * Put a fresh tile in place of the old one, so that a verdict can be undone at once. It is greyed
 * if it now belongs to another pile. Returns false if the page does not show that picture.
 */
function replaceTile(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old) return false;
  const picture = old.querySelector(".tile-picture");
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  fresh.querySelector(".tile-picture").replaceWith(picture); // a new one would flicker
  old.replaceWith(fresh);
  const { pile } = fresh.closest("pile-gallery").dataset;
  fresh.classList.toggle("tile-moved", fresh.dataset.pile !== pile);
  if (focused) restoreFocus(fresh, picture, focused);
  return true;
}

/** Focus the same button of the fresh tile, or its picture if that button is gone. */
function restoreFocus(fresh, picture, focused) {
  const button = focused.value && fresh.querySelector(`button[value="${focused.value}"]`);
  (button || picture).focus();
}

/** Returns the tile to which an arrow key leads; null for other keys and at the edges. */
export function findNeighbour(tile, key) {
  if (key === "ArrowRight") return tile.nextElementSibling;
  if (key === "ArrowLeft") return tile.previousElementSibling;
  if (key !== "ArrowDown" && key !== "ArrowUp") return null;
  const tiles = [...tile.parentElement.children];
  const columns = tiles.findIndex((other) => other.offsetTop > tiles[0].offsetTop);
  if (columns < 0) return null; // there is one row only
  const step = key === "ArrowDown" ? columns : -columns;
  return tiles[tiles.indexOf(tile) + step] ?? null;
}

document.addEventListener("verdicts", (event) => showChange(event.detail));
