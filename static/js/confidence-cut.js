// @ts-check
// <confidence-cut data-counts>: the slider and its exact number. While it moves, counts follow at
// once and the gallery is told ("confidence"); what is kept for good changes when it is let go.
import { colourHistogram, drawHistogram } from "./histogram.js";
import { post } from "./send.js";
import { stepped } from "./slider-keys.js";
import { announce, number, showCounts } from "./words.js";

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
    this.range.style.setProperty("--at", (this.saved = this.exact.value));
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
    const response = await fetch(/** @type {string} */ (this.dataset.counts)).catch(() => null);
    if (!response?.ok || !this.bars) return; // then there is no histogram for now
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

  /** @param {KeyboardEvent} event */
  step(event) {
    const value = stepped(event, Number(this.range?.value));
    if (value === null) return;
    this.move(value);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 400);
  }

  /** What was not kept must not look as if it was. @param {string} reason */
  goBack(reason) {
    if (this.exact) this.exact.value = this.saved;
    this.move(this.saved);
    announce(`The confidence is ${this.saved} again. ${reason}`, true);
  }

  async save() {
    const value = this.exact?.value ?? "";
    if (!this.form?.reportValidity() || value === this.saved) return;
    const answer = await post(this.form, { confidence: value }).catch((error) => this.goBack(error.message));
    if (!answer) return;
    this.saved = value;
    showCounts(answer.piles);
    announce(`Confidence ${value}: ${number(answer.piles.kept)} kept, ${number(answer.piles.rejected)} rejected.`);
  }
}

customElements.define("confidence-cut", ConfidenceCut);
