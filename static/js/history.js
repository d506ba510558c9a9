// The browser's Back closes the viewer and does not leave the page.

const OVERLAY = "overlay"; // state of the history entry while the viewer covers the page

let isLeaving = false; // history.back() ends later; a viewer that opens until then must stay open
let left = Promise.resolve();

/**
 * Add a history entry for something that opened over the page.
 * @param {() => boolean} isOpen asked once the browser has left the previous entry
 */
export async function enterOverlay(isOpen) {
  await left;
  if (!isOpen() || history.state === OVERLAY) return; // closed meanwhile, or opened again
  history.scrollRestoration = "manual"; // the picture that was viewed last stays in view
  history.pushState(OVERLAY, "");
}

/** Leave the entry, because the overlay was closed without Back. */
export function leaveOverlay() {
  if (history.state !== OVERLAY || isLeaving) return;
  isLeaving = true;
  left = new Promise((resolve) => {
    const onArrival = () => {
      isLeaving = false;
      resolve();
    };
    addEventListener("popstate", onArrival, { once: true });
  });
  history.back();
}

/** Call `close` when the user goes back. */
export function onBack(close) {
  addEventListener("popstate", () => {
    if (history.state === OVERLAY) {
      leaveOverlay(); // the user went forward: there is nothing to open again
      return;
    }
    history.scrollRestoration = "auto";
    if (!isLeaving) close();
  });
}
