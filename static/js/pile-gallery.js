// <pile-gallery data-url data-pile data-offset>: one pile's pictures. They follow the slider, more
// of them come while the user scrolls, and the tabs open other piles in place.
import { announceError } from "./announce.js";
import { enqueue } from "./send.js";
import { onVerdictClick, onVerdictKey } from "./tile-verdicts.js";

const AHEAD = "1200px"; // how far below the window more pictures are fetched

class PileGallery extends HTMLElement {
  confidence = null; // the slider's; null: the job's own
  offset = Number(this.dataset.offset); // pictures of the pile before the first one shown
  isBusy = false;
  isOutdated = false; // the pile or the confidence changed since the last request

  connectedCallback() {
    this.section = this.querySelector("section");
    this.addEventListener("keydown", onVerdictKey);
    this.addEventListener("click", onVerdictClick);
    document.addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("confidence", (event) => this.follow(event.detail.confidence));
    this.listenToTabs();
    const onSight = (entries) => {
      if (entries.some((entry) => entry.isIntersecting)) this.loadMore();
    };
    this.ahead = new IntersectionObserver(onSight, { rootMargin: AHEAD });
    this.watchEnd();
  }

  /** Open piles on this page; without script each tab is a link to a page of its own. */
  listenToTabs() {
    const tabs = document.querySelectorAll(".piles a");
    const open = (tab) => {
      for (const other of tabs) other.removeAttribute("aria-current");
      tab.setAttribute("aria-current", "page");
      history.replaceState(null, "", tab.href);
      this.dataset.pile = tab.dataset.pile;
      this.refresh();
    };
    for (const tab of tabs) {
      tab.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // opens another window
        event.preventDefault();
        open(tab);
      });
    }
  }

  /** Show or hide the list of keys. */
  onKey(event) {
    const keys = this.querySelector("[data-keys]");
    if (event.key !== "?" || !keys || event.target.matches("input")) return;
    keys.open = !keys.open;
  }

  /** Show the pile as it is at another confidence. */
  follow(confidence) {
    const { pile } = this.dataset;
    this.confidence = confidence;
    if (pile !== "kept" && pile !== "rejected") return;
    for (const tile of this.querySelectorAll(".tile[data-verdict='']")) {
      const tilePile = Number(tile.dataset.probability) >= confidence ? "kept" : "rejected";
      tile.classList.toggle("tile-moved", tilePile !== pile);
    }
    this.refresh();
  }

  /** Show the start of the pile. Only one request runs at a time; the last call decides what is shown. */
  async refresh() {
    this.isOutdated = true;
    if (this.isBusy) return;
    this.setBusy(true);
    try {
      while (this.isOutdated) {
        this.isOutdated = false;
        replacePage(this.section, await this.fetchPage(0));
        if (this.getBoundingClientRect().top < 0) this.scrollIntoView();
      }
      this.offset = 0;
    } finally {
      this.setBusy(false);
    }
    this.watchEnd();
  }

  /** Add the next pictures; resolves when they are shown. */
  async loadMore() {
    if (!this.querySelector(".more") || this.isBusy) return;
    this.isBusy = true;
    await enqueue(() => this.append()).finally(() => {
      this.isBusy = false;
    });
    if (this.isOutdated) this.refresh();
    this.watchEnd();
  }

  async append() {
    // A picture that a verdict moved to another pile is still shown here, but the server no longer
    // counts it.
    const shown = this.querySelectorAll("[data-number]:not(.tile-moved)").length;
    appendPage(this.section, await this.fetchPage(this.offset + shown));
  }

  /** One page of the pile, as the server renders it. */
  async fetchPage(after) {
    const query = new URLSearchParams({ pile: this.dataset.pile, after: String(after) });
    if (this.confidence !== null) query.set("confidence", String(this.confidence));
    const response = await fetch(`${this.dataset.url}?${query}`).catch(() => null);
    if (!response?.ok) {
      const sentence = "The pictures could not be fetched. Is MonaSieve still running?";
      announceError(sentence);
      throw new Error(sentence);
    }
    const holder = document.createElement("template");
    holder.innerHTML = await response.text();
    return holder.content;
  }

  setBusy(isBusy) {
    this.isBusy = isBusy;
    this.ariaBusy = String(isBusy);
  }

  watchEnd() {
    this.ahead.disconnect();
    const end = this.querySelector(".more");
    if (end) this.ahead.observe(end);
  }
}

/** Replace what is shown. Tiles that stay the same keep their element, so that nothing flickers. */
function replacePage(section, page) {
  for (const item of page.querySelectorAll("[data-number]")) {
    const old = section.querySelector(`[data-number="${item.dataset.number}"]`);
    if (old?.outerHTML === item.outerHTML) item.replaceWith(old);
  }
  section.replaceChildren(page);
}

/** Add a page after what is shown. */
function appendPage(section, page) {
  for (const item of page.querySelectorAll("[data-number]")) {
    const old = section.querySelector(`[data-number="${item.dataset.number}"]`);
    if (!old) section.querySelector("[data-items]").append(item);
  }
  section.querySelector(".more")?.replaceWith(...page.querySelectorAll(".more"));
}

customElements.define("pile-gallery", PileGallery);
