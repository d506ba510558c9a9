// <bulk-verdict data-title>: rejects the pictures in view with one click.
import { announce } from "./announce.js";
import { formatCount, pluralize } from "./format.js";
import { setVerdicts } from "./verdicts.js";

const MAX_PICTURES = 1000; // in one request

class BulkVerdict extends HTMLElement {
  inView = new Set(); // tiles of which at least half is in the window

  connectedCallback() {
    this.form = this.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(this.listUndecided());
    });
    this.watchTiles();
    for (const name of ["verdict", "confidence"]) {
      document.addEventListener(name, () => this.showCount());
    }
    this.hidden = false;
  }

  /** Keep `inView` up to date while tiles come, go and scroll. */
  watchTiles() {
    const bar = document.querySelector(".toolbar"); // it covers the top of the window
    const options = { threshold: 0.5, rootMargin: `-${bar.offsetHeight}px 0px 0px 0px` };
    const viewport = new IntersectionObserver((entries) => this.onView(entries), options);
    const gallery = this.closest("pile-gallery");
    const observeTiles = () => {
      for (const tile of this.inView) {
        if (!tile.isConnected) this.inView.delete(tile);
      }
      for (const tile of gallery.querySelectorAll(".tile")) viewport.observe(tile);
      this.showCount();
    };
    const changes = new MutationObserver(observeTiles);
    changes.observe(gallery.querySelector("section"), { childList: true, subtree: true });
    observeTiles();
  }

  onView(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.inView.add(target);
      else this.inView.delete(target);
    }
    this.showCount();
  }

  /** Numbers of the pictures in view without a verdict that still belong to this pile. */
  listUndecided() {
    return [...this.inView]
      .filter((tile) => !tile.dataset.verdict && !tile.classList.contains("tile-moved"))
      .slice(0, MAX_PICTURES)
      .map((tile) => tile.dataset.number);
  }

  showCount() {
    const count = this.listUndecided().length;
    this.form.hidden = count === 0;
    const which = count === 1 ? "the one" : `all ${formatCount(count)}`;
    this.findField("reject").textContent = `Reject ${which} in view`;
  }

  async send(numbers) {
    if (numbers.length === 0 || !(await setVerdicts(numbers, "is_not"))) return;
    announce(`${pluralize(numbers.length, "picture")} marked as not ${this.dataset.title}.`);
  }

  findField(name) {
    return this.querySelector(`[data-field=${name}]`);
  }
}

customElements.define("bulk-verdict", BulkVerdict);
