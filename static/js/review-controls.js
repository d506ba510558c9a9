// What keys, buttons and swipes of review mode do.
import { readKey } from "./keys.js";

const MOST_COMPARED = 4;
const SWIPES = { right: "is", left: "is_not", up: "next", down: "previous" };

const goToNext = (review) => review.goTo(review.index + 1);
const goToPrevious = (review) => review.goTo(review.index - 1);

/** What works even if nothing is to be reviewed. */
const ALWAYS = {
  close: (review) => close(review),
};

const WITH_QUEUE = {
  is: (review) => review.decide("is"),
  is_not: (review) => review.decide("is_not"),
  none: (review) => review.decide("none"),
  next: goToNext,
  right: goToNext,
  down: goToNext,
  previous: goToPrevious,
  left: goToPrevious,
  up: goToPrevious,
  first: (review) => review.goTo(0),
  last: (review) => review.goTo(review.numbers.length - 1),
  "back-to-last": (review) => review.goTo(review.numbers.length - 1),
  "undo-all": (review) => review.summary.undoAll(),
  zoom: (review) => review.stage.panes[0].toggle(),
  compare: (review) => compare(review),
  facts: (review) => toggleFacts(review),
  sight: (review) => review.sight.toggle(),
  fullscreen: () => toggleFullScreen(),
};

/** @param {import("./review-mode.js").ReviewMode} review */
export function listenToControls(review) {
  document.addEventListener("keydown", (event) => {
    const isPress = event.key === " " || event.key === "Enter";
    if (isPress && event.target.closest("a, button, summary")) return; // it presses the button
    if (act(review, readKey(event))) event.preventDefault();
  });
  review.addEventListener("click", (event) => {
    const control = event.target.closest("[data-action]");
    if (!control || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (event.detail > 0) control.blur(); // else Space would press it again
    const { action, number } = control.dataset;
    if (action === "go") review.goTo(review.find(Number(number)));
    else act(review, action);
  });
  review.addEventListener("swipe", (event) => act(review, SWIPES[event.detail]));
}

/** Do what the address asks for. A link must not change a verdict, so it has few choices. */
export function actFirst(review, action) {
  if (["zoom", "compare"].includes(action)) act(review, action);
}

/** @returns {boolean} whether review mode has this action */
function act(review, action) {
  const run = ALWAYS[action] ?? (review.numbers && WITH_QUEUE[action]);
  run?.(review);
  return Boolean(run);
}

/** One picture more beside the others; after the fourth, one alone again. */
function compare(review) {
  const { stage, numbers } = review;
  stage.count = stage.count >= Math.min(MOST_COMPARED, numbers.length) ? 1 : stage.count + 1;
  stage.start = review.index;
  review.show();
}

function toggleFacts(review) {
  const isHidden = review.toggleAttribute("data-plain");
  review.querySelector("[data-action=facts]").setAttribute("aria-pressed", String(!isHidden));
}

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => undefined);
}

/** Back to where the review was opened, at the same place of the wall. */
function close(review) {
  const cameFromResult = new URL(document.referrer || location.href).pathname === review.dataset.job;
  if (cameFromResult && history.length > 1) history.back();
  else location.assign(review.querySelector("[data-action=close]").href);
}
