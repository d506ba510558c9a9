// <bulk-verdict data-title>: one verdict on all pictures that the user really sees, with one click.
import { formatCount } from "./format.js";
import { data } from "./result-data.js";
import { setVerdicts } from "./verdicts.js";
import { measureBar, view } from "./wall-view.js";

const SEEN_MS = 300; // a picture that was in view for less was not looked at
const HALF = 0.5;
const LABELS = { is: "Confirm", is_not: "Reject" };

class BulkVerdict extends HTMLElement {
  inView = new Map(); // by tile: the picture's number, and since when it is in view
  counted = []; // the numbers that the label counts; a click changes no other
  observed = new WeakSet();

  connectedCallback() {
    this.watch();
    document.addEventListener("bar", () => this.watch());
    this.addEventListener("click", (event) => {
      const verdict = event.target.closest("[data-bulk]")?.dataset.bulk;
      if (verdict) setVerdicts(this.counted, verdict);
    });
    document.addEventListener("render", () => this.observe());
    document.addEventListener("load", () => this.scheduleCount(), { capture: true });
    for (const name of ["verdict", "thresholds", "wall"]) {
      document.addEventListener(name, () => this.showCount());
    }
    this.observe();
  }

  /** What the bar covers is not in view. */
  watch() {
    const options = { threshold: HALF, rootMargin: `-${measureBar()}px 0px 0px 0px` };
    this.viewport?.disconnect();
    this.viewport = new IntersectionObserver((entries) => this.onEntries(entries), options);
    this.observed = new WeakSet();
    this.observe();
  }

  observe() {
    for (const [tile, seen] of this.inView) {
      if (!tile.isConnected) this.inView.delete(tile);
      else if (tile.dataset.number !== seen.number) this.note(tile); // it shows another picture now
    }
    for (const tile of document.querySelectorAll("picture-wall .tile")) {
      if (this.observed.has(tile)) continue;
      this.observed.add(tile);
      this.viewport.observe(tile);
    }
    this.scheduleCount();
  }

  onEntries(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) this.inView.delete(target);
      else if (!this.inView.has(target)) this.note(target);
    }
    this.scheduleCount();
  }

  note(tile) {
    this.inView.set(tile, { number: tile.dataset.number, since: performance.now() });
  }

  scheduleCount() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.showCount(), SEEN_MS);
  }

  /** Numbers of the pictures seen that have no verdict and still belong to this pile. */
  listUndecided() {
    const before = performance.now() - SEEN_MS;
    return [...this.inView]
      .filter(([tile, { since }]) => since <= before && tile.matches(".tile-loaded"))
      .map(([, { number }]) => Number(number))
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
