// <wall-scrubber>: a slider beside the wall that leads to any place of a pile, with what the pictures
// are ordered by as its labels. Its value is the row at the top of the window.
import { GAP } from "./picture-wall.js"; // it must run before this one
import { formatBytes, formatCount } from "./format.js";
import { readKey } from "./keys.js";
import { getName } from "./picture-names.js";
import { data } from "./result-data.js";
import { findRow } from "./wall-layout.js";
import { measureBar, view } from "./wall-view.js";

const LABEL_DISTANCE = 56; // pixels
const LONG = 2; // windows: in a shorter pile there is nothing to look for
const STEPS = { down: 1, right: 1, up: -1, left: -1 };
const NARROW_SPACE = "\u202f";

class WallScrubber extends HTMLElement {
  connectedCallback() {
    this.wall = document.querySelector("picture-wall");
    this.slider = this.querySelector("input");
    this.bubble = this.querySelector("[data-part=bubble]");
    this.slider.addEventListener("input", () => this.scrollToRow(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("render", () => this.follow());
    for (const name of ["wall", "bar"]) {
      document.addEventListener(name, () => {
        this.label();
        this.follow();
      });
    }
    this.follow();
  }

  /** Down leads down the wall: the browser's own keys raise the value with Up. */
  onKey(event) {
    const action = readKey(event);
    const page = Math.max(1, Math.floor(innerHeight / this.rows[0].height) - 1);
    const { topRow, lastTopRow } = this;
    const ends = { first: 0, last: lastTopRow, "page-down": topRow + page, "page-up": topRow - page };
    const row = STEPS[action] ? topRow + STEPS[action] : ends[action];
    if (row === undefined) return;
    event.preventDefault();
    this.scrollToRow(Math.max(0, Math.min(lastTopRow, row)));
  }

  /** Show where the wall is scrolled to. */
  follow() {
    if (this.rows !== this.wall.rows || this.windowHeight !== innerHeight) this.label();
    this.slider.value = String(this.topRow);
    const { first } = this.rows[this.slider.value] ?? { first: 0 };
    const total = this.wall.numbers.length;
    const place = `${formatCount(first + 1)} of ${formatCount(total)}`;
    const label = this.describe(first);
    this.slider.setAttribute("aria-valuetext", label ? `${label}, ${place}` : place);
    this.bubble.textContent = label ? `${label} · ${place}` : place;
    const thumb = this.findPlace(Number(this.slider.value));
    this.bubble.style.translate = `0 ${thumb}px`;
    for (const [one, at] of this.labels) one.hidden = Math.abs(at - thumb) < this.thumb / 2;
  }

  /** Label the slider at even distances, and once where neighbours are the same. */
  label() {
    this.rows = this.wall.rows;
    this.windowHeight = innerHeight;
    this.height = this.clientHeight;
    this.thumb = parseFloat(getComputedStyle(this).getPropertyValue("--thumb"));
    this.slider.max = String(this.lastTopRow);
    this.toggleAttribute("data-long", this.wall.height > LONG * innerHeight);
    const count = Math.floor(this.height / LABEL_DISTANCE);
    this.labels = new Map(); // with the place of each
    let previous = null;
    for (let i = 0; i <= count && this.rows.length; i += 1) {
      const row = Math.round((this.lastTopRow * i) / Math.max(1, count));
      const text = this.describe(this.rows[row].first);
      if (text === previous) continue;
      previous = text;
      const label = document.createElement("span");
      label.textContent = text;
      const place = this.findPlace(row);
      label.style.translate = `0 ${place}px`;
      this.labels.set(label, place);
    }
    this.querySelector("[data-part=labels]").replaceChildren(...this.labels.keys());
  }

  /** Pixels from the top of this element to the middle of the thumb at a row. */
  findPlace(row) {
    const part = row / Math.max(1, this.lastTopRow);
    return this.thumb / 2 + part * (this.height - this.thumb);
  }

  /** The row at the top of the visible part of the wall. */
  get topRow() {
    const { rows, top } = this.wall;
    return Math.min(this.lastTopRow, findRow(rows, top + measureBar() + 2 * GAP));
  }

  /** The row that is at the top when the wall is scrolled to its end. */
  get lastTopRow() {
    return findRow(this.wall.rows, this.wall.height - innerHeight + measureBar());
  }

  scrollToRow(row) {
    const { top, bottom } = this.wall.list.getBoundingClientRect();
    const isEnd = row >= this.lastTopRow;
    const place = this.wall.rows[row].top - measureBar() - GAP;
    scrollBy(0, isEnd ? bottom - innerHeight + GAP : top + place);
    this.wall.render();
  }

  /** What the wall is ordered by, at a position. */
  describe(position) {
    const index = data.indices?.get(this.wall.numbers[position]);
    if (index === undefined) return "";
    if (view.sort === "size") return formatBytes(data.size[index]);
    if (view.sort === "archive") return formatCount(data.number[index] + 1);
    const path = getName(data.number[index]);
    const [folder, name] = [path.split("/").at(-2) ?? "", path.split("/").at(-1)];
    if (view.sort === "name") return [...name].slice(0, 3).join("");
    if (view.sort === "folder") return folder;
    return formatShort(data.getProbability(index));
  }
}

/** 0.123 -> "12 %", 0.9912 -> "99.1 %" */
function formatShort(probability) {
  if (probability < 0.001) return `<${NARROW_SPACE}0.1${NARROW_SPACE}%`;
  const digits = probability < 0.0995 || probability > 0.9895 ? 1 : 0;
  return `${Math.min(99.9, 100 * probability).toFixed(digits)}${NARROW_SPACE}%`;
}

customElements.define("wall-scrubber", WallScrubber);
