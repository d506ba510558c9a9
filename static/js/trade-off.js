// <trade-off data-rows data-confidences>: the dot fields follow the slider and the prevalence. The
// numbers are all in the page, as webapp/pages/trade_off.py has them.
import { formatPercent } from "./format.js";

const FOUND = 0; // where in a cell the value, low and high of each field begin
const RIGHT = 3;
const BEYOND = 6;

class TradeOff extends HTMLElement {
  connectedCallback() {
    this.rows = JSON.parse(this.dataset.rows);
    this.confidences = JSON.parse(this.dataset.confidences);
    this.slider = this.querySelector("[name=step]");
    this.prevalence = this.querySelector("[name=one_in]");
    this.querySelector("[data-scriptless]").hidden = true;
    this.addEventListener("input", () => this.show());
    this.addEventListener("submit", (event) => event.preventDefault());
    this.addEventListener("click", (event) => this.choose(event));
    this.show();
  }

  /** Move the slider to a choice by name. */
  choose(event) {
    const link = event.target.closest("[data-step]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.slider.value = link.dataset.step;
    this.show();
  }

  show() {
    const step = this.slider.valueAsNumber;
    const cell = this.rows[this.prevalence.selectedIndex][step];
    const [found, right] = this.querySelectorAll(".dots");
    const sentences = [showDots(found, cell.slice(FOUND)), showDots(right, cell.slice(RIGHT))];
    const percent = formatPercent(this.confidences[step]);
    this.querySelector("[data-field=confidence]").textContent = percent;
    this.slider.setAttribute("aria-valuetext", `${percent}: ${sentences.join(" ")}`);
    for (const note of this.querySelectorAll("[data-beyond]")) {
      note.hidden = Number(note.dataset.beyond) !== cell[BEYOND];
    }
    for (const link of this.querySelectorAll("[data-step]")) {
      link.ariaCurrent = String(Number(link.dataset.step) === step);
    }
  }
}

/** Paint a field of a hundred dots. Returns its sentence. */
function showDots(field, [value, low, high]) {
  const sentence = `${value} of 100 ${field.dataset.rest}`;
  for (const [n, dot] of field.querySelectorAll("circle").entries()) {
    dot.setAttribute("class", nameDot(n, value, low, high));
  }
  field.querySelector("svg").setAttribute("aria-label", sentence);
  field.querySelector("[data-field=sentence]").textContent = sentence;
  field.querySelector("[data-field=range]").textContent = `likely between ${low} and ${high}`;
  return sentence;
}

function nameDot(n, value, low, high) {
  if (n < low) return "dot-sure";
  if (n < value) return "dot-likely";
  return n < high ? "dot-possible" : "dot-none";
}

customElements.define("trade-off", TradeOff);
