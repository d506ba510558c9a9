// <review-mode data-job data-pile data-at>: looks through a queue of pictures in full. The page works
// without this script, too; webapp/pages/review.py describes it.
import { announceError } from "./announce.js";
import { formatCount } from "./format.js";
import { Pace } from "./pace.js";
import { ReviewChanges } from "./review-changes.js";
import { actFirst, listenToControls } from "./review-controls.js";
import { Facts } from "./review-facts.js";
import { LEFT_BEHIND, loadLeftBehind, loadQueue, storePlace } from "./review-queue.js";
import { ReviewSight } from "./review-sight.js";
import { ReviewStage } from "./review-stage.js";
import { ReviewSummary } from "./review-summary.js";
import "./verdict-history.js";
import { newestEntry, setVerdict } from "./verdicts.js";

export class ReviewMode extends HTMLElement {
  index = 0;
  isEndOld = false; // an answer may have moved the end of the queue
  isAsking = false;
  pace = new Pace();

  async connectedCallback() {
    const { job, pile, at, queue } = this.dataset;
    listenToControls(this);
    if (!at) return; // nothing is to be reviewed
    this.toggleAttribute("data-plain", matchMedia("(max-width: 48rem)").matches);
    this.changes = new ReviewChanges(pile);
    this.facts = new Facts(job);
    this.stage = new ReviewStage(this.findPart("stage"), this.findPart("film"), job, this.changes);
    this.sight = new ReviewSight(this);
    this.summary = new ReviewSummary(this.findPart("summary"), job, newestEntry());
    this.numbers = await loadQueue(job, pile, queue);
    if (!this.numbers.includes(Number(at))) this.numbers.unshift(Number(at));
    this.index = this.numbers.indexOf(Number(at));
    document.addEventListener("verdicts", (event) => this.onVerdicts(event.detail));
    const wish = new URLSearchParams(location.search).get("do");
    this.show();
    actFirst(this, wish);
    this.dataset.ready = "";
  }

  findPart(name) {
    return this.querySelector(`[data-part=${name}]`);
  }

  /** The end of a queue of pictures left behind follows the verdicts. The server is asked once at a
   * time: it thinks about each answer, and verdicts would wait for a free connection. */
  async moveEnd() {
    this.isEndOld = true;
    if (this.isAsking) return;
    this.isAsking = true;
    let left;
    while (this.isEndOld) {
      this.isEndOld = false;
      left = await loadLeftBehind(this.dataset.job);
    }
    this.isAsking = false;
    if (!left) return;
    const seen = this.numbers.slice(0, this.index + 1);
    this.numbers = [...seen, ...left.filter((number) => !seen.includes(number))];
    if (!this.hasAttribute("data-ended")) this.show();
    else if (this.numbers.length > seen.length) this.goTo(seen.length);
  }

  find(number) {
    return this.numbers.indexOf(number);
  }

  goTo(index) {
    if (index < 0) return;
    const isEnd = index >= this.numbers.length;
    this.summary.toggle(isEnd, this.changes);
    this.toggleAttribute("data-ended", isEnd);
    this.pace.note();
    if (isEnd) return;
    this.index = index;
    this.show();
  }

  async decide(verdict) {
    if (this.hasAttribute("data-ended")) return;
    const { index } = this;
    const request = setVerdict(this.numbers[index], verdict);
    this.summary.waitFor(request, this.changes);
    if (verdict !== "none") this.goTo(index + 1);
    if (!(await request)) this.goTo(index); // the message says why
  }

  show() {
    const { index, numbers } = this;
    const number = numbers[index];
    this.stage.show(numbers, index);
    const position = `${formatCount(index + 1)} of ${formatCount(numbers.length)}`;
    const pace = this.pace.describe(numbers.length - index);
    this.querySelector("[data-field=position]").textContent = [position, pace]
      .filter(Boolean)
      .join(", ");
    this.querySelector("[data-action=previous]").ariaDisabled = String(index === 0);
    this.querySelector("[data-action=next]").ariaDisabled = "false"; // it leads to the summary, too
    const address = new URL(location.href);
    address.searchParams.set("at", number);
    address.searchParams.delete("do");
    history.replaceState(history.state, "", address);
    storePlace(this.dataset.job, number);
    this.showFacts(number);
    this.sight.show(number);
    for (const other of numbers.slice(index + 1, index + 3)) this.facts.get(other);
  }

  async showFacts(number) {
    const facts = await this.facts.get(number);
    if (this.numbers[this.index] !== number) return; // the user went on
    if (!facts) return announceError("MonaSieve does not answer. Is it still running?");
    const { pile, verdict, name } = facts.dataset;
    this.changes.meet(number, pile);
    this.findPart("facts").replaceChildren(facts);
    this.findPane(number).image.alt = name;
    for (const button of this.findPart("verdicts").querySelectorAll("button")) {
      const { action } = button.dataset;
      if (action === "none") button.disabled = verdict === "none";
      else button.setAttribute("aria-pressed", String(action === verdict));
    }
  }

  findPane(number) {
    return this.stage.panes.find((pane) => Number(pane.dataset.number) === number);
  }

  /** Take over what a verdict, undo or redo changed; undo and redo lead to their picture. */
  onVerdicts({ changes, piles, action }) {
    this.changes.apply(changes);
    if (this.dataset.queue === LEFT_BEHIND) this.moveEnd();
    this.facts.forget(changes.number);
    for (const number of changes.number) this.stage.markFrame(number);
    this.summary.update(this.changes, piles);
    const changed = changes.number.map((number) => this.find(number)).filter((i) => i >= 0);
    const isStep = action === "undo" || action === "redo";
    if (isStep && changed.length > 0 && !changed.includes(this.index)) this.goTo(changed[0]);
    else if (isStep && this.hasAttribute("data-ended") && changed.length > 0) this.goTo(changed[0]);
    else this.showFacts(this.numbers[this.index]);
  }
}

customElements.define("review-mode", ReviewMode);
