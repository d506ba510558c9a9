// @ts-check
// <pile-gallery data-url data-pile data-from>: one pile's pictures, following slider, scroll and tabs.
import { onMarkClick } from "./marks.js";
import { appendPage, fetchPage, replacePage } from "./pile-page.js";
import { listenToTabs } from "./pile-tabs.js";
import { inTurn } from "./send.js";
import { onTileKey } from "./tile-keys.js";

class PileGallery extends HTMLElement {
  /** @type {number | null} the slider's, while it is not the job's own */
  confidence = null;
  from = Number(this.dataset.from); // how many of the pile come before the first that is shown
  busy = false;
  again = false;
  ahead = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.more(), { rootMargin: "1200px" });

  connectedCallback() {
    this.section = /** @type {HTMLElement} */ (this.querySelector("section"));
    document.addEventListener("confidence", (event) => this.follow(/** @type {CustomEvent} */ (event).detail.confidence));
    listenToTabs((pile) => ((this.dataset.pile = pile), this.refresh()));
    this.addEventListener("keydown", onTileKey);
    this.addEventListener("click", onMarkClick);
    this.watch();
  }

  /** @param {number} confidence */
  follow(confidence) {
    this.confidence = confidence;
    const isKept = this.dataset.pile === "kept";
    if (!isKept && this.dataset.pile !== "rejected") return;
    for (const tile of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".tile[data-verdict='']"))) {
      tile.classList.toggle("tile-moved", Number(tile.dataset.probability) >= confidence !== isKept);
    }
    this.refresh();
  }

  /** Show the pile's beginning. One question at a time: where several wait, the last is asked. */
  async refresh() {
    this.again = true;
    if (this.busy || !this.section) return;
    this.busy = true;
    this.ariaBusy = "true";
    try {
      while (this.again) {
        this.again = false;
        replacePage(this.section, await fetchPage(this.dataset, 0, this.confidence));
        if (this.getBoundingClientRect().top < 0) this.scrollIntoView(); // it begins anew
      }
      this.from = 0;
    } finally {
      this.busy = false;
      this.ariaBusy = "false";
    }
    this.watch();
  }

  /** Add the next pictures; resolves when they are there. */
  async more() {
    if (!this.querySelector(".more") || this.busy) return;
    this.busy = true;
    await inTurn(() => this.append()).finally(() => (this.busy = false));
    if (this.again) this.refresh();
    this.watch();
  }

  async append() {
    // Those that were judged into another pile are still shown, but no longer counted by the server.
    const shown = this.querySelectorAll("[data-number]:not(.tile-moved)").length;
    const fresh = await fetchPage(this.dataset, this.from + shown, this.confidence);
    appendPage(/** @type {HTMLElement} */ (this.section), fresh);
  }

  watch() {
    this.ahead.disconnect();
    const link = this.querySelector(".more");
    if (link) this.ahead.observe(link);
  }
}

customElements.define("pile-gallery", PileGallery);
