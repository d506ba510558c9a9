// @ts-check
// Figures as a person reads them, and the one place that speaks to screen readers.

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** @param {number} count */
export const number = (count) => count.toLocaleString("en");

/** @param {number} count bytes */
export function size(count) {
  let unit = 0;
  while (count >= 1024 && unit < UNITS.length - 1) {
    count /= 1024;
    unit += 1;
  }
  return `${count >= 10 || unit === 0 ? Math.round(count) : count.toFixed(1)} ${UNITS[unit]}`;
}

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let pending;

/**
 * Say something to a screen reader, once it has stopped changing; a failure is for every eye.
 * @param {string} sentence
 * @param {boolean} failure
 */
export function announce(sentence, failure = false) {
  clearTimeout(pending);
  pending = setTimeout(() => {
    const announcer = /** @type {HTMLElement} */ (document.getElementById("announcer"));
    announcer.classList.toggle("visually-hidden", !failure);
    announcer.textContent = sentence;
  }, failure ? 0 : 600);
}

/**
 * Show counts wherever the page names them.
 * @param {Record<string, number>} piles
 */
export function showCounts(piles) {
  for (const [pile, count] of Object.entries(piles)) {
    for (const place of document.querySelectorAll(`[data-count="${pile}"]`)) {
      place.textContent = number(count);
      place.closest(".button")?.toggleAttribute("data-none", count === 0); // nothing to press for
    }
  }
}
