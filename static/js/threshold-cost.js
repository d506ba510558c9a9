// <threshold-cost>: what the present confidence costs, as the server estimates it from the scores
// and the user's answers. It follows the handle; answers and other thresholds make it ask again.
import { formatCount, pluralize } from "./format.js";
import { computeLogOdds } from "./percent.js";
import { data, onColumns } from "./result-data.js";

const ASK_AFTER_MS = 1000; // after the last change

class ThresholdCost extends HTMLElement {
  connectedCallback() {
    onColumns(() => this.load());
    document.addEventListener("thresholds", ({ detail }) => {
      this.show();
      if (detail.isFinal) this.loadSoon();
    });
    document.addEventListener("verdict", () => this.loadSoon());
  }

  loadSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), ASK_AFTER_MS);
  }

  async load() {
    const request = Symbol("request");
    this.request = request;
    const response = await fetch(`${data.url}/mistakes.json`).catch(() => null);
    if (!response?.ok) return; // the line stays as it is
    const mistakes = await response.json();
    if (this.request !== request) return; // a later one knows more
    this.mistakes = mistakes;
    data.curve = { values: mistakes.curve, end: mistakes.curve_end };
    document.dispatchEvent(new CustomEvent("curve"));
    const certificate = document.querySelector("[data-certificate]");
    if (certificate) certificate.innerHTML = this.mistakes.certificate ?? "";
    const split = document.querySelector("[data-split]");
    split.innerHTML = this.mistakes.split ?? "";
    split.hidden = !this.mistakes.split;
    this.show();
  }

  show() {
    if (!this.mistakes) return;
    const { wrong, left_behind: left, caution } = this.mistakes;
    const step = this.findStep(data.thresholds.kept);
    this.querySelector("[data-wrong]").textContent = describe(wrong, step);
    this.querySelector("[data-left]").textContent = describe(left, step);
    const note = this.querySelector("[data-caution]");
    note.textContent = caution ?? "";
    note.title = note.textContent; // it may be cut
    this.showMisses();
  }

  /** The step nearest to a confidence, as find_step has it. */
  findStep(confidence) {
    const { steps_end: end, wrong } = this.mistakes;
    const place = (computeLogOdds(confidence) / end + 1) / 2;
    return Math.round(Math.min(1, Math.max(0, place)) * (wrong.middle.length - 1));
  }

  /** Offer the review of what was left out. It is that of the saved confidence. */
  showMisses() {
    const { to_look_at: count, found } = this.mistakes.misses;
    const link = this.querySelector("[data-look]");
    link.hidden = count === 0;
    link.textContent = `Look at ${count === 1 ? "this one" : `these ${formatCount(count)}`}`;
    let words = found ? `You found about 95 % of what was left out: ${pluralize(found, "picture")}.` : "";
    if (count) words = "and about 95 % of what is left out is found.";
    this.querySelector("[data-look-words]").textContent = words;
  }
}

/** Returns "about 14 (3 to 40)", "0 to 6" if most likely none, or one number if it is certain. */
function describe({ low, middle, high }, step) {
  if (low[step] === high[step]) return formatCount(low[step]);
  const range = `${formatCount(low[step])} to ${formatCount(high[step])}`;
  return middle[step] ? `about ${formatCount(middle[step])} (${range})` : range;
}

customElements.define("threshold-cost", ThresholdCost);
