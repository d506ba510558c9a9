// <score-plot>: the scores of all pictures over an axis of evidence, with two handles. While one is
// held, counts and bars follow and no tile changes its place; on release the thresholds are saved.
import { announce, announceError } from "./announce.js";
import { BarWords, STEPS } from "./bar-words.js";
import { formatCount, formatPercent } from "./format.js";
import { fromAxis, parsePercent, takeStep, toAxis, writeProbability } from "./percent.js";
import { showCounts } from "./pile-counts.js";
import { countPiles } from "./pile-sums.js";
import { data, onColumns } from "./result-data.js";
import { countBars, drawScores, paintScores } from "./score-bars.js";
import { fillTable } from "./score-table.js";
import { sendForm } from "./send.js";

const SAVE_AFTER_MS = 400; // after the last arrow key
const NAMES = { kept: "Kept from", unsure: "Unsure from" };

class ScorePlot extends HTMLElement {
  pushed = null; // Unsure from, as saved (`to`) after Kept from pushed it down, and before (`from`)

  connectedCallback() {
    this.form = this.querySelector("form");
    this.svg = this.querySelector(".scores");
    this.words = new BarWords(this.svg, this.querySelector(".bar-words"));
    this.handles = { kept: this.find("range", "kept"), unsure: this.find("range", "unsure") };
    this.fields = { kept: this.find("text", "kept"), unsure: this.find("text", "unsure") };
    for (const name of ["kept", "unsure"]) this.listen(name);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    onColumns(() => this.onData());
    for (const name of ["verdict", "curve"]) document.addEventListener(name, () => this.onData());
  }

  find(type, name) {
    return this.querySelector(`[data-${type}=${name}]`);
  }

  listen(name) {
    const [handle, field] = [this.handles[name], this.fields[name]];
    handle.addEventListener("input", () => this.move(name, fromAxis(Number(handle.value))));
    handle.addEventListener("change", () => this.save());
    handle.addEventListener("keydown", (event) => this.onHandleKey(event, name));
    field.addEventListener("change", () => this.onField(name));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.goBack();
    });
  }

  onData() {
    this.bars = countBars();
    drawScores(this.svg, this.bars);
    this.show();
  }

  /** Move one threshold without saving it; the other one gives way. */
  move(name, probability) {
    if (!data.count) return;
    const { kept, unsure } = data.thresholds;
    this.moved = name;
    if (name === "kept") {
      // What Kept from pushed down comes up again with it.
      data.preview({ kept: probability, unsure: this.findUnpushed() });
    } else data.preview({ kept: kept, unsure: Math.min(probability, kept) });
    if (unsure !== data.thresholds.unsure || kept !== data.thresholds.kept) this.show();
  }

  /** Unsure from as it was last set itself. */
  findUnpushed() {
    const { unsure } = data.saved;
    return this.pushed?.to === unsure ? this.pushed.from : unsure;
  }

  /** Show handles, fields, bars and counts at the present thresholds. */
  show() {
    for (const [name, probability] of Object.entries(data.thresholds)) {
      const [handle, field] = [this.handles[name], this.fields[name]];
      handle.value = String(toAxis(probability));
      handle.setAttribute("aria-valuetext", formatPercent(probability));
      if (document.activeElement !== field) field.value = formatPercent(probability);
    }
    this.toggleAttribute("data-preview", !this.isSaved());
    paintScores(this.svg, this.bars, this.dataset.title);
    this.words.refresh();
    document.querySelector("[data-field=kept-from]").textContent = formatPercent(data.thresholds.kept);
    fillTable(this.querySelector("table"), this.bars);
    showCounts(countPiles(data));
  }

  isSaved() {
    const { kept, unsure } = data.thresholds;
    return kept === data.saved.kept && unsure === data.saved.unsure;
  }

  /** Arrow keys move by a step, which is a small one with Shift. */
  onHandleKey(event, name) {
    const direction = STEPS[event.key];
    if (!direction) return;
    event.preventDefault();
    this.move(name, takeStep(data.thresholds[name], direction, event.shiftKey));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  onField(name) {
    const probability = parsePercent(this.fields[name].value);
    if (probability === null) {
      this.goBack(`“${this.fields[name].value.slice(0, 40)}” is not a percentage, such as 95 %.`);
      return;
    }
    this.fields[name].value = formatPercent(probability);
    this.move(name, probability);
    this.save();
  }

  async save() {
    clearTimeout(this.timer);
    if (this.isSaved()) {
      this.show();
      return;
    }
    const { kept, unsure } = data.thresholds;
    const from = this.moved === "kept" ? this.findUnpushed() : unsure;
    try {
      const fields = { confidence: writeProbability(kept), unsure: writeProbability(unsure) };
      const answer = await sendForm(this.form, fields);
      this.pushed = { from, to: unsure };
      data.settle({ kept, unsure }, answer.state);
      this.show();
      const { kept: count, unsure: doubtful } = answer.piles;
      announce(
        `${NAMES.kept} ${formatPercent(kept)}: ${formatCount(count)} kept, ${formatCount(doubtful)} unsure.`,
      );
    } catch (error) {
      this.goBack(error.message);
    }
  }

  /** Return to the saved thresholds, so that the page shows what the download holds. */
  goBack(reason = "") {
    data.settle(data.saved, data.state);
    for (const [name, field] of Object.entries(this.fields)) {
      field.value = formatPercent(data.saved[name]);
    }
    this.show();
    if (reason) announceError(`${NAMES.kept} ${formatPercent(data.saved.kept)} again. ${reason}`);
  }
}

customElements.define("score-plot", ScorePlot);
