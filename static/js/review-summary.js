// The end of a review: what it changed, undo, download.
import { formatCount, pluralize } from "./format.js";
import { undoAll } from "./verdicts.js";

const MOST_THUMBNAILS = 60;

export class ReviewSummary {
  saving = 0; // answers that the server has not confirmed

  /** @param {number} began the newest entry of the history when the review began */
  constructor(element, job, began) {
    this.element = element;
    this.job = job;
    this.began = began;
  }

  toggle(isShown, changes) {
    const wasHidden = this.element.hidden;
    this.element.hidden = !isShown;
    if (!isShown) return;
    this.update(changes);
    if (wasHidden) this.focusDownload();
  }

  /** Offer the download only when an answer is saved. */
  async waitFor(answer, changes) {
    this.saving += 1;
    await answer;
    this.saving -= 1;
    if (this.element.hidden) return;
    this.update(changes);
    if (document.activeElement === document.body) this.focusDownload();
  }

  focusDownload() {
    this.element.querySelector(".button-primary").focus();
  }

  /** @param {Record<string, number>} [piles] */
  update(changes, piles) {
    const moved = changes.listMoved();
    const saving = this.saving > 0 ? `Saving ${pluralize(this.saving, "answer")} …` : "";
    this.find("changed").textContent = saving || changes.describe();
    this.element.querySelector(".button-primary").hidden = Boolean(saving);
    const isUnchanged = moved.length === 0 && changes.countAnswered() === 0;
    this.element.querySelector("[data-action=undo-all]").hidden = isUnchanged || Boolean(saving);
    this.find("thumbnails").replaceChildren(
      ...moved.slice(0, MOST_THUMBNAILS).map((number) => this.makeThumbnail(number, changes)),
    );
    if (piles) this.find("kept").textContent = formatCount(piles.kept);
  }

  makeThumbnail(number, changes) {
    const item = document.createElement("li");
    item.className = `pile-${changes.now.get(number).pile}`;
    const image = document.createElement("img");
    image.src = `${this.job}/thumbnails/${number}.jpg`;
    image.alt = `Picture ${number + 1}, now ${changes.now.get(number).pile}`;
    item.append(image);
    return item;
  }

  undoAll() {
    return undoAll(this.began);
  }

  find(name) {
    return this.element.querySelector(`[data-field=${name}]`);
  }
}
