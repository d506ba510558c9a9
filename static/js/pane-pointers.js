// Fingers and the mouse on a <zoom-pane>: dragging moves an enlarged picture, two fingers enlarge
// it, and a finger swipes one that is not enlarged.

const SWIPE_PIXELS = 60;

/** @param {import("./zoom-pane.js").ZoomPane} pane */
export function listenToPointers(pane) {
  const pointers = new Map(); // the last position of each pointer that is down
  let start = null; // where a swipe began

  pane.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pane.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    const mayBeSwipe = event.pointerType === "touch" && pointers.size === 1 && !pane.isEnlarged;
    start = mayBeSwipe ? event : null;
  });
  pane.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    pointers.set(event.pointerId, event);
    if (pointers.size === 2) pinch(pane, event, last, pointers);
    else if (pane.isEnlarged) pane.move(event.clientX - last.clientX, event.clientY - last.clientY);
    else if (start) showSwipe(pane, start, event);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    pane.addEventListener(name, (event) => {
      pointers.delete(event.pointerId);
      const direction = name === "pointerup" && start ? readSwipe(start, event) : null;
      if (start) hideSwipe(pane);
      start = null;
      if (!direction) return;
      pane.dispatchEvent(new CustomEvent("swipe", { bubbles: true, detail: direction }));
    });
  }
}

/** Enlarge as the two fingers go apart, around the one that rests. */
function pinch(pane, event, last, pointers) {
  const [other] = [...pointers.values()].filter(({ pointerId }) => pointerId !== event.pointerId);
  const measure = ({ clientX, clientY }) =>
    Math.hypot(clientX - other.clientX, clientY - other.clientY);
  pane.zoomAt(other.clientX, other.clientY, measure(event) / Math.max(1, measure(last)));
}

/** @returns {"left" | "right" | "up" | "down" | null} */
function readSwipe(start, end) {
  const [across, along] = [end.clientX - start.clientX, end.clientY - start.clientY];
  if (Math.max(Math.abs(across), Math.abs(along)) < SWIPE_PIXELS) return null;
  if (Math.abs(across) > Math.abs(along)) return across > 0 ? "right" : "left";
  return along > 0 ? "down" : "up";
}

/** The picture follows the finger, and the pane shows what the swipe will do. */
function showSwipe(pane, start, event) {
  const across = event.clientX - start.clientX;
  pane.image.style.transform = `translateX(${across}px)`;
  pane.dataset.swipe = readSwipe(start, event) ?? "";
}

function hideSwipe(pane) {
  pane.image.style.transform = "";
  delete pane.dataset.swipe;
}
