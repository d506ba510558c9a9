// @ts-check
// The browser's Back closes what lies over the page, and does not leave the page.

const OVER = "over"; // marks the entry of the history in which something lies over the page

/** Something opens over the page. */
export function enter() {
  history.scrollRestoration = "manual"; // the picture that was looked at last stays in view
  history.pushState(OVER, "");
}

/** It is closed by another way than Back. */
export function leave() {
  if (history.state === OVER) history.back();
}

/** @param {() => void} close called when the user went back */
export function onBack(close) {
  addEventListener("popstate", () => {
    if (history.state === OVER) return leave(); // Forward: there is nothing to open again
    history.scrollRestoration = "auto";
    close();
  });
}
