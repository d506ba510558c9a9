// <bulk-verdict data-title>: one verdict on all pictures that the user really sees, with one click.
import { formatCount } from "./format.js";
import { data } from "./result-data.js";
import { setVerdicts } from "./verdicts.js";
import { measureBar, view } from "./wall-view.js";

const SEEN_MS = 300; // a picture that was in view for less was not looked at
const HALF = 0.5;
const LABELS = { is: "Confirm", is_not: "Reject" };

class BulkVerdict extends HTMLElement {
  inView = new Map(); // when a tile came into view, by tile
  counted = []; // the numbers that the label counts; a click changes no other
  observed = new WeakSet();

  connectedCallback() {
    const options = { threshold: HALF, rootMargin: `-${measureBar()}px 0px 0px 0px` };
    this.viewport = new IntersectionObserver((entries) => this.onEntries(entries), options);
    this.addEventListener("click", (event) => {
      const verdict = event.target.closest("[data-bulk]")?.dataset.bulk;
      if (verdict) setVerdicts(this.counted, verdict);
    });
    document.addEventListener("render", () => this.observe());
    for (const name of ["verdict", "thresholds", "wall"]) {
      document.addEventListener(name, () => this.showCount());
    }
    this.observe();
  }

  observe() {
    for (const tile of this.inView.keys()) if (!tile.isConnected) this.inView.delete(tile);
    for (const tile of document.querySelectorAll("picture-wall .tile")) {
      if (this.observed.has(tile)) continue;
      this.observed.add(tile);
      this.viewport.observe(tile);
    }
    this.scheduleCount();
  }

  onEntries(entries) {
    for (const { target, isIntersecting, time } of entries) {
      if (!isIntersecting) this.inView.delete(target);
      else if (!this.inView.has(target)) this.inView.set(target, time);
    }
    this.scheduleCount();
  }

  scheduleCount() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.showCount(), SEEN_MS);
  }

  /** Numbers of the pictures seen that have no verdict and still belong to this pile. */
  listUndecided() {
    const before = performance.now() - SEEN_MS;
    return [...this.inView]
      .filter(([tile, since]) => since <= before && tile.isConnected)
      .map(([tile]) => Number(tile.dataset.number))
      .filter((number) => isUndecided(data.indices?.get(number)))
      .sort((a, b) => a - b);
  }

  showCount() {
    this.counted = this.listUndecided();
    const count = this.counted.length;
    const which = count === 1 ? "the one" : `all ${formatCount(count)}`;
    for (const button of this.querySelectorAll("[data-bulk]")) {
      const { bulk } = button.dataset;
      const isOffered = view.pile === "unsure" || (view.pile === "kept") === (bulk === "is");
      button.hidden = !isOffered;
      button.disabled = count === 0;
      button.querySelector("span").textContent = `${LABELS[bulk]} ${which} in view`;
    }
  }
}

function isUndecided(index) {
  return index !== undefined && !data.verdict[index] && data.getPile(index) === view.pile;
}

customElements.define("bulk-verdict", BulkVerdict);
