// Keys of the wall. It is one stop of Tab: arrows, Home, End and the page keys move inside it. P and X
// give a verdict and go on, U takes it back.
import { findRow, findRowOf, listBoxes } from "./wall-layout.js";
import { readVerdictKey } from "./verdicts.js";
import { setVerdictOfTile } from "./wall-variants.js";

const VERDICTS = ["is", "is_not", "none"];

/** @param {import("./picture-wall.js").PictureWall} wall */
export function listenToKeys(wall) {
  let current = 0; // position of the tile that Tab leads to

  const setStops = () => {
    current = Math.min(current, Math.max(0, wall.numbers.length - 1));
    for (const [number, tile] of wall.tiles.byNumber) {
      const isCurrent = number === wall.numbers[current];
      tile.querySelector(".tile-picture").tabIndex = isCurrent ? 0 : -1;
      for (const button of tile.querySelectorAll("button")) button.tabIndex = -1;
    }
  };
  const goTo = (position) => {
    current = Math.min(wall.numbers.length - 1, Math.max(0, position));
    wall.reveal(current)?.querySelector(".tile-picture").focus({ preventScroll: true });
    setStops();
  };

  document.addEventListener("render", setStops);
  wall.addEventListener("click", (event) => {
    const button = event.target.closest(".tile-button");
    if (!button) return;
    event.preventDefault();
    setVerdictOfTile(button.closest(".tile").dataset.number, button.value);
  });
  wall.addEventListener("focusin", (event) => {
    const tile = event.target.closest(".tile");
    const position = tile ? wall.numbers.indexOf(Number(tile.dataset.number)) : -1;
    if (position < 0 || position === current) return;
    current = position;
    setStops();
  });
  wall.addEventListener("keydown", (event) => {
    const tile = event.target.closest(".tile");
    if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
    const verdict = VERDICTS.find((name) => name === readVerdictKey(event));
    const next = verdict ? current + Number(verdict !== "none") : findTarget(wall, current, event.key);
    if (next === null) return;
    event.preventDefault();
    if (verdict) setVerdictOfTile(tile.dataset.number, verdict);
    goTo(next);
  });
}

/** Returns the position to which a key leads; null for other keys. */
function findTarget(wall, position, key) {
  if (key === "ArrowRight") return position + 1;
  if (key === "ArrowLeft") return position - 1;
  if (key === "Home") return 0;
  if (key === "End") return wall.numbers.length - 1;
  const row = findRowOf(wall.rows, position);
  if (key === "ArrowDown") return findBelow(wall, position, row + 1);
  if (key === "ArrowUp") return findBelow(wall, position, row - 1);
  if (key !== "PageDown" && key !== "PageUp") return null;
  const distance = key === "PageDown" ? innerHeight : -innerHeight;
  return findBelow(wall, position, findRow(wall.rows, wall.rows[row].top + 0.8 * distance));
}

/** Returns the position in another row that is straight above or below. */
function findBelow(wall, position, row) {
  if (!wall.rows[row]) return position;
  const findCentre = ({ left, width }) => left + width / 2;
  const boxes = listBoxes(wall.rows, findRowOf(wall.rows, position), wall.ratios, 0);
  const centre = findCentre(boxes.find((box) => box.position === position));
  const distance = (box) => Math.abs(findCentre(box) - centre);
  const others = listBoxes(wall.rows, row, wall.ratios, 0);
  return others.reduce((best, box) => (distance(box) < distance(best) ? box : best)).position;
}
