// Where the network saw the target: a map over the picture, and who else it could be, beside it. The
// server renders both into a page of its own (templates/review/why.html).
import { announce, announceError } from "./announce.js";

export class ReviewSight {
  isOn = false;
  fetched = new Map(); // promises of documents, by number

  /** @param {import("./review-mode.js").ReviewMode} review */
  constructor(review) {
    this.review = review;
    this.words = review.findPart("why");
  }

  toggle() {
    this.isOn = !this.isOn;
    const button = this.review.querySelector("[data-action=sight]");
    button.setAttribute("aria-pressed", String(this.isOn));
    this.show(this.review.numbers[this.review.index]);
  }

  /** Show what is known of a picture, if it is wished. */
  async show(number) {
    this.number = number;
    this.clear();
    if (!this.isOn) return;
    this.review.findPane(number)?.toggleAttribute("data-looking", true);
    announce("Looking at the picture …"); // the first time the server loads the network
    const page = await this.get(number);
    if (!this.isOn || this.number !== number) return; // the user went on
    this.clear();
    if (!page) return announceError("MonaSieve does not answer. Is it still running?");
    const map = page.querySelector("[data-part=sight]");
    if (map) this.review.findPane(number)?.append(map.cloneNode(true));
    this.words.replaceChildren(...page.querySelector("[data-part=why]").cloneNode(true).childNodes);
    announce(this.words.querySelector("p").textContent);
  }

  clear() {
    for (const pane of this.review.stage.panes) {
      pane.removeAttribute("data-looking");
      pane.querySelector(".sight")?.remove();
    }
    this.words.replaceChildren();
  }

  /** @returns {Promise<Document | null>} null if the server does not answer */
  get(number) {
    if (!this.fetched.has(number)) this.fetched.set(number, this.fetch(number));
    return this.fetched.get(number);
  }

  async fetch(number) {
    const address = `${this.review.dataset.job}/review/${number}/why`;
    const response = await fetch(address).catch(() => null);
    if (response?.ok) return new DOMParser().parseFromString(await response.text(), "text/html");
    this.fetched.delete(number); // the next call tries again
    return null;
  }
}
