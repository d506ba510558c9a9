// Swipes of a finger over a picture of the wall: to the right it is kept, to the left rejected. The
// browser scrolls up and down itself (touch-action in gallery.css), and takes the pointer away then.
import { selection } from "./selection.js";
import { getLink } from "./wall-tile.js";
import { setVerdictOfTile } from "./wall-variants.js";

const SWIPE_PIXELS = 60;

/** @param {import("./picture-wall.js").PictureWall} wall */
export function listenToSwipes(wall) {
  wall.addEventListener("pointerdown", (event) => {
    const tile = event.target.closest(".tile-picture")?.closest(".tile");
    if (tile && event.pointerType === "touch" && event.isPrimary) follow(tile, event);
  });
}

/** Let the picture follow the finger, and show what the swipe will do. */
function follow(tile, start) {
  const { number } = tile.dataset; // the tile may show another picture before the finger is lifted
  const { style } = getLink(tile);
  const held = new AbortController();
  const listen = (name, run) =>
    addEventListener(name, (event) => event.pointerId === start.pointerId && run(event), {
      signal: held.signal,
    });
  const end = () => {
    held.abort();
    style.transform = "";
    delete tile.dataset.swipe;
  };
  listen("pointermove", (event) => {
    if (selection.size) return end(); // the long press selected it
    style.transform = `translateX(${event.clientX - start.clientX}px)`;
    tile.dataset.swipe = readSwipe(start, event);
  });
  listen("pointerup", (event) => {
    const verdict = readSwipe(start, event);
    end();
    if (verdict && !selection.size) setVerdictOfTile(number, verdict);
  });
  listen("pointercancel", end);
}

/** @returns {"is" | "is_not" | ""} the verdict, if the finger went far enough */
function readSwipe(start, end) {
  const across = end.clientX - start.clientX;
  if (Math.abs(across) < SWIPE_PIXELS) return "";
  return across > 0 ? "is" : "is_not";
}
