// @ts-check
// <pile-gallery data-url data-pile>: one pile's pictures. They follow the slider, more come as one
// scrolls, and the tabs open other piles, all without leaving the page.
import { mark } from "./marks.js";
import { appendPage, fetchPage, replacePage } from "./pile-page.js";
import { onTileKey } from "./tile-keys.js";
import { announce } from "./words.js";

class PileGallery extends HTMLElement {
  /** @type {number | null} the slider's, while it is not the job's own */
  confidence = null;
  busy = false;
  again = false;
  ahead = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.more(), { rootMargin: "1200px" });

  connectedCallback() {
    this.section = /** @type {HTMLElement} */ (this.querySelector("section"));
    document.addEventListener("confidence", (event) => this.follow(/** @type {CustomEvent} */ (event).detail.confidence));
    for (const tab of document.querySelectorAll(".piles a")) {
      tab.addEventListener("click", (event) => this.open(/** @type {HTMLAnchorElement} */ (tab), /** @type {MouseEvent} */ (event)));
    }
    this.addEventListener("keydown", onTileKey);
    this.addEventListener("click", (event) => this.clicked(event));
    this.watch();
  }

  /** @param {number} confidence */
  follow(confidence) {
    this.confidence = confidence;
    if (this.dataset.pile === "kept" || this.dataset.pile === "rejected") this.refresh();
  }

  /** @param {HTMLAnchorElement} tab @param {MouseEvent} event */
  open(tab, event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the user wants a window of its own
    event.preventDefault();
    document.querySelector(".piles a[aria-current]")?.removeAttribute("aria-current");
    tab.setAttribute("aria-current", "page");
    this.dataset.pile = tab.dataset.pile;
    history.replaceState(null, "", tab.href);
    this.refresh();
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("button.mark"));
    const tile = /** @type {HTMLElement | null} */ (button?.closest(".tile"));
    if (!button || !tile) return;
    event.preventDefault();
    mark(tile, /** @type {import("./marks.js").Word} */ (button.value.split(":")[1]));
  }

  /** Show the pile's beginning. One question at a time: where several wait, the last is asked. */
  async refresh() {
    this.again = true;
    if (this.busy || !this.section) return;
    for (this.busy = true; this.again; ) {
      this.again = false;
      replacePage(this.section, await this.fetch(0));
    }
    this.busy = false;
    this.watch();
  }

  /** Add the next pictures; resolves when they are there. */
  async more() {
    const link = this.querySelector("[data-after]");
    if (!link || !this.section || this.busy) return;
    this.busy = true;
    appendPage(this.section, await this.fetch(Number(link.getAttribute("data-after"))));
    this.busy = false;
    if (this.again) this.refresh();
    this.watch();
  }

  /** @param {number} after @returns {Promise<DocumentFragment>} */
  async fetch(after) {
    const { url = "", pile = "" } = this.dataset;
    return fetchPage(url, pile, after, this.confidence).catch((error) => {
      this.busy = false;
      announce(error.message, true);
      throw error;
    });
  }

  watch() {
    this.ahead.disconnect();
    const link = this.querySelector("[data-after]");
    if (link) this.ahead.observe(link);
  }
}

customElements.define("pile-gallery", PileGallery);
