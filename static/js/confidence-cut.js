// @ts-check
// <confidence-cut data-counts>: the slider and its exact number. While it moves, counts follow at
// once and the gallery is told ("confidence"); what is kept for good changes when it is let go.
import { colourHistogram, drawHistogram } from "./histogram.js";
import { post } from "./send.js";
import { announce, number, showCounts } from "./words.js";

const KEYS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 });

class ConfidenceCut extends HTMLElement {
  /** @type {number[]} */
  keptAt = [];
  scored = 0;
  saved = "";

  connectedCallback() {
    this.form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    this.range = /** @type {HTMLInputElement} */ (this.querySelector("[type=range]"));
    this.exact = /** @type {HTMLInputElement} */ (this.querySelector("[type=number]"));
    this.bars = /** @type {SVGElement} */ (this.querySelector(".histogram"));
    this.saved = this.exact.value;
    this.range.style.setProperty("--at", this.saved);
    for (const part of this.querySelectorAll("[data-scale], [data-plain]")) part.toggleAttribute("hidden");
    this.range.oninput = () => this.move(this.range?.value ?? "");
    this.range.onchange = () => this.save();
    this.range.onkeydown = (event) => this.step(event);
    this.exact.oninput = () => this.exact?.validity.valid && this.move(this.exact.value);
    this.exact.onchange = () => this.save();
    this.form.onsubmit = (event) => (event.preventDefault(), this.save());
    document.addEventListener("marked", () => this.count());
    this.count();
  }

  async count() {
    const response = await fetch(/** @type {string} */ (this.dataset.counts));
    if (!response.ok || !this.bars) return;
    ({ kept_at: this.keptAt, scored: this.scored } = await response.json());
    drawHistogram(this.bars, this.keptAt);
    colourHistogram(this.bars, Number(this.exact?.value));
  }

  /** @param {string} value */
  move(value) {
    if (!this.range || !this.exact || !this.bars) return;
    this.range.value = value;
    if (document.activeElement !== this.exact) this.exact.value = value;
    const confidence = Number(value);
    const kept = this.keptAt[Math.round(confidence * (this.keptAt.length - 1))];
    if (kept !== undefined) showCounts({ kept, rejected: this.scored - kept });
    colourHistogram(this.bars, confidence);
    this.range.style.setProperty("--at", value);
    this.dispatchEvent(new CustomEvent("confidence", { bubbles: true, detail: { confidence } }));
  }

  /** Hundredths by the arrow keys, thousandths with Shift: a thousand key presses are too many.
   * @param {KeyboardEvent} event */
  step(event) {
    const direction = KEYS[event.key];
    if (!direction || !this.range) return;
    event.preventDefault();
    const step = event.shiftKey ? 0.001 : 0.01;
    const value = Math.min(1, Math.max(0, Number(this.range.value) + direction * step));
    this.move(String(Number(value.toFixed(3))));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 400);
  }

  async save() {
    const value = this.exact?.value ?? "";
    if (!this.form?.reportValidity() || value === this.saved) return;
    const answer = await post(this.form, { confidence: value }).catch((error) => announce(error.message, true));
    if (!answer) return;
    this.saved = value;
    showCounts(answer.piles);
    announce(`Confidence ${value}: ${number(answer.piles.kept)} kept, ${number(answer.piles.rejected)} rejected.`);
  }
}

customElements.define("confidence-cut", ConfidenceCut);
