// <threshold-cost>: what the present confidence costs, as the server estimates it from the scores
// and the user's answers. It follows the handle; answers make it ask again.
import { formatCount } from "./format.js";
import { data, onColumns } from "./result-data.js";

const ASK_AFTER_MS = 1000; // after the last answer

class ThresholdCost extends HTMLElement {
  connectedCallback() {
    onColumns(() => this.load());
    document.addEventListener("thresholds", () => this.show());
    document.addEventListener("verdict", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), ASK_AFTER_MS);
    });
  }

  async load() {
    const response = await fetch(`${data.url}/mistakes.json`).catch(() => null);
    if (!response?.ok) return; // the line stays as it is
    this.mistakes = await response.json();
    this.show();
  }

  show() {
    if (!this.mistakes) return;
    const { wrong, left_behind: left, caution } = this.mistakes;
    const step = Math.round(data.thresholds.kept * (wrong.middle.length - 1));
    this.querySelector("[data-wrong]").textContent = describe(wrong, step);
    this.querySelector("[data-left]").textContent = describe(left, step);
    const note = this.querySelector("[data-caution]");
    note.textContent = caution ?? "";
    note.title = note.textContent; // it may be cut
  }
}

/** Returns "about 14 (3 to 40)", "0 to 6" if most likely none, or one number if it is certain. */
function describe({ low, middle, high }, step) {
  if (low[step] === high[step]) return formatCount(low[step]);
  const range = `${formatCount(low[step])} to ${formatCount(high[step])}`;
  return middle[step] ? `about ${formatCount(middle[step])} (${range})` : range;
}

customElements.define("threshold-cost", ThresholdCost);
