import { formatCount } from "./format.js";

/**
 * Show counts wherever the page has them: on tabs, buttons and in the summary.
 * @param {Record<string, number>} counts by pile
 */
export function showCounts(counts) {
  for (const [pile, count] of Object.entries(counts)) {
    for (const element of document.querySelectorAll(`[data-count="${pile}"]`)) {
      element.textContent = formatCount(count);
      element.closest(".button")?.toggleAttribute("data-empty", count === 0);
    }
  }
}
