// Keys of the wall. It is one stop of Tab: arrows, Home, End and the page keys move inside it, with
// Shift they select. P and X give a verdict and go on, U takes it back.
import { isVerdict, readKey } from "./keys.js";
import { selection } from "./selection.js";
import { findRow, findRowOf, listBoxes } from "./wall-layout.js";
import { openReview } from "./wall-review.js";
import { getLink } from "./wall-tile.js";
import { setVerdictOfTile } from "./wall-variants.js";

const IN_REVIEW = { zoom: "zoom", compare: "compare", facts: "" }; // what review mode does first
const STEPS = { next: 1, right: 1, previous: -1, left: -1 };

/**
 * @param {import("./picture-wall.js").PictureWall} wall
 * @param {import("./wall-select.js").WallSelect} select
 */
export function listenToKeys(wall, select) {
  let current = 0; // position of the tile that Tab leads to
  let stop = null; // the link in it, or in the first tile if it is scrolled away

  const setStop = () => {
    current = Math.min(current, Math.max(0, wall.numbers.length - 1));
    const tile = wall.tiles.byNumber.get(wall.numbers[current]) ?? wall.list.firstElementChild;
    const next = tile && getLink(tile);
    if (next === stop) return;
    if (stop) stop.tabIndex = -1;
    if (next) next.tabIndex = 0;
    stop = next;
  };
  const goTo = (position) => {
    current = Math.min(wall.numbers.length - 1, Math.max(0, position));
    wall.reveal(current)?.querySelector(".tile-picture").focus({ preventScroll: true });
    setStop();
  };

  document.addEventListener("render", setStop);
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
    setStop();
  });
  wall.addEventListener("keydown", (event) => {
    const tile = event.target.closest(".tile");
    const isPress = event.key === " " && event.target.closest("button, input");
    if (!tile || isPress) return;
    const action = readKey(event);
    const number = Number(tile.dataset.number);
    if (action === "select") select.toggle(number);
    else if (action in IN_REVIEW) openReview(wall, number, IN_REVIEW[action]);
    else if (isVerdict(action)) {
      if (selection.size) return; // the key is for all of them
      setVerdictOfTile(number, action);
      goTo(current + Number(action !== "none"));
    } else {
      const next = findTarget(wall, current, action);
      if (next === null) return;
      if (event.shiftKey && action !== "previous") select.extendTo(wall.numbers[next], number);
      goTo(next);
    }
    event.preventDefault();
  });
}

/** Returns the position to which an action leads; null for other actions. */
function findTarget(wall, position, action) {
  const last = wall.numbers.length - 1;
  if (STEPS[action]) return Math.min(last, Math.max(0, position + STEPS[action]));
  if (action === "first") return 0;
  if (action === "last") return last;
  const row = findRowOf(wall.rows, position);
  if (action === "down") return findBelow(wall, position, row + 1);
  if (action === "up") return findBelow(wall, position, row - 1);
  if (action !== "page-down" && action !== "page-up") return null;
  const distance = action === "page-down" ? innerHeight : -innerHeight;
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
