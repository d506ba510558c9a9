// The way from the wall to review mode and back to the same place.
import { data } from "./result-data.js";
import { storeQueue, takePlace } from "./review-queue.js";
import { selection } from "./selection.js";
import { view } from "./wall-view.js";

/**
 * A click or Enter on a picture opens review mode, with the wall's pictures as its queue.
 * @param {import("./picture-wall.js").PictureWall} wall
 */
export function listenToClicks(wall) {
  wall.addEventListener("click", (event) => {
    const link = event.target.closest(".tile-picture");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    openReview(wall, Number(link.closest(".tile").dataset.number));
  });
}

/**
 * Open review mode at a picture. Its queue are the wall's pictures, or the selected ones.
 * @param {string} [action] what review mode does first
 */
export function openReview(wall, number, action = "") {
  const query = new URLSearchParams({ pile: view.pile, at: number });
  if (wall.isReady) {
    const isSelected = selection.has(number) && selection.size > 1;
    storeQueue(data.url, isSelected ? wall.numbers.filter((one) => selection.has(one)) : wall.numbers);
    query.set("queue", "wall");
  }
  if (action) query.set("do", action);
  location.assign(`${data.url}/review?${query}`);
}

/** Scroll to where the page was left, and to the picture at which a review ended. */
export function returnToPlace(wall) {
  if (history.state?.scroll) scrollTo(0, history.state.scroll);
  const position = wall.numbers.indexOf(takePlace(data.url));
  if (position < 0) return; // no review, or its last picture is in another pile now
  wall.reveal(position).querySelector(".tile-picture").focus({ preventScroll: true });
}

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload(); // review mode may have changed what the page shows
});
