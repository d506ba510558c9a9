// @ts-check
// The browser's Back closes what lies over the page, and does not leave the page.

const OVER = "over"; // marks the entry of the history in which something lies over the page

let leaving = false; // history.back() ends later: what is opened until then must stay open
let left = Promise.resolve();

/**
 * Something opens over the page.
 * @param {() => boolean} isOpen asked when the browser is back from what lay there before
 */
export async function enter(isOpen) {
  await left;
  if (!isOpen() || history.state === OVER) return; // closed meanwhile, or opened several times
  history.scrollRestoration = "manual"; // the picture that was looked at last stays in view
  history.pushState(OVER, "");
}

/** It is closed by another way than Back. */
export function leave() {
  if (history.state !== OVER || leaving) return;
  leaving = true;
  left = new Promise((done) => {
    const arrived = () => {
      leaving = false;
      done();
    };
    addEventListener("popstate", arrived, { once: true });
  });
  history.back();
}

/** @param {() => void} close called when the user went back */
export function onBack(close) {
  addEventListener("popstate", () => {
    if (history.state === OVER) return leave(); // Forward: there is nothing to open again
    history.scrollRestoration = "auto";
    if (!leaving) close();
  });
}
