// <confidence-slider data-counts>: a slider with a histogram, and the exact number beside it. While
// it moves, counts and gallery follow ("confidence"); when it is released, the value is saved.
import { announce, announceError } from "./announce.js";
import { formatCount } from "./format.js";
import { showCounts } from "./pile-counts.js";
import { sendForm } from "./send.js";

const BARS = 50;
const WIDTH = 200; // of the histogram's viewBox
const HEIGHT = 24;
const SVG = "http://www.w3.org/2000/svg";
const DIRECTIONS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
const SAVE_AFTER_MS = 400; // after the last arrow key

class ConfidenceSlider extends HTMLElement {
  keptAt = []; // how many pictures are kept at i/1000
  scored = 0;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.range = this.querySelector("[type=range]");
    this.number = this.querySelector("[type=number]");
    this.histogram = this.querySelector(".histogram");
    this.saved = this.number.value;
    this.range.style.setProperty("--at", this.saved);
    this.querySelector("[data-scripted]").hidden = false;
    this.querySelector("[data-scriptless]").hidden = true;
    this.range.oninput = () => this.move(this.range.value);
    this.range.onchange = () => this.save();
    this.range.onkeydown = (event) => this.onKey(event);
    this.number.oninput = () => {
      if (this.number.validity.valid) this.move(this.number.value);
    };
    this.number.onchange = () => this.save();
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.save();
    };
    document.addEventListener("verdict", () => this.fetchCounts());
    this.fetchCounts();
  }

  async fetchCounts() {
    const response = await fetch(this.dataset.counts).catch(() => null);
    if (!response?.ok) return; // the slider works without the histogram
    const counts = await response.json();
    this.keptAt = counts.kept_at;
    this.scored = counts.scored;
    drawHistogram(this.histogram, this.keptAt);
    colourHistogram(this.histogram, Number(this.number.value));
  }

  /** Show what another confidence would keep, without saving it. */
  move(value) {
    this.range.value = value;
    if (document.activeElement !== this.number) this.number.value = value;
    const confidence = Number(value);
    const kept = this.keptAt[Math.round(confidence * (this.keptAt.length - 1))];
    if (kept !== undefined) showCounts({ kept, rejected: this.scored - kept });
    colourHistogram(this.histogram, confidence);
    this.range.style.setProperty("--at", value);
    this.dispatchEvent(new CustomEvent("confidence", { bubbles: true, detail: { confidence } }));
  }

  /** Arrow keys move by hundredths, with Shift by thousandths. */
  onKey(event) {
    const direction = DIRECTIONS[event.key];
    if (!direction) return;
    event.preventDefault();
    const value = Number(this.range.value) + direction * (event.shiftKey ? 0.001 : 0.01);
    this.move(String(Number(Math.min(1, Math.max(0, value)).toFixed(3))));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  async save() {
    const { value } = this.number;
    if (!this.form.reportValidity() || value === this.saved) return;
    try {
      const { piles } = await sendForm(this.form, { confidence: value });
      this.saved = value;
      showCounts(piles);
      const counts = `${formatCount(piles.kept)} kept, ${formatCount(piles.rejected)} rejected`;
      announce(`Confidence ${value}: ${counts}.`);
    } catch (error) {
      this.goBack(error.message);
    }
  }

  /** Return to the saved value, so that the page shows what the download holds. */
  goBack(reason) {
    this.number.value = this.saved;
    this.move(this.saved);
    announceError(`The confidence is ${this.saved} again. ${reason}`);
  }
}

function drawHistogram(svg, keptAt) {
  const step = (keptAt.length - 1) / BARS;
  const counts = Array.from({ length: BARS }, (_, i) => keptAt[i * step] - keptAt[(i + 1) * step]);
  // Kept at 1 are those with a probability of 1 and those that the user keeps; they have no bar.
  const highest = Math.cbrt(Math.max(1, ...counts));
  svg.replaceChildren(...counts.map((count, i) => drawBar(i, Math.cbrt(count) / highest)));
}

/** Heights are cube roots: a thousand pictures at one end do not hide three in the middle. */
function drawBar(index, height) {
  const bar = document.createElementNS(SVG, "rect");
  bar.setAttribute("x", String((index * WIDTH) / BARS + 0.4));
  bar.setAttribute("width", String(WIDTH / BARS - 0.8));
  bar.setAttribute("y", String((1 - height) * HEIGHT));
  bar.setAttribute("height", String(height * HEIGHT));
  return bar;
}

function colourHistogram(svg, confidence) {
  [...svg.children].forEach((bar, i) => {
    bar.classList.toggle("kept", (i + 0.5) / BARS >= confidence);
  });
}

customElements.define("confidence-slider", ConfidenceSlider);
