// The pictures of a review: one, or 2 to 4 beside each other, which enlarge and move together. The
// ones before and after are fetched ahead. Beside them runs the film, a strip of the queue.
import "./zoom-pane.js";

const AHEAD = 3; // pictures fetched before and after those that are shown
const FILM = 12; // thumbnails before and after the current one

export class ReviewStage {
  count = 1; // pictures beside each other
  start = 0; // the queue's index of the first one

  /** @param {import("./review-changes.js").ReviewChanges} changes whose verdicts the film shows */
  constructor(element, film, job, changes) {
    this.element = element;
    this.film = film;
    this.job = job;
    this.changes = changes;
    this.ahead = new Map(); // pictures that are held, so that the browser keeps them decoded
    element.addEventListener("zoom", (event) => {
      for (const pane of this.panes) if (pane !== event.target) pane.setView(event.detail);
    });
  }

  get panes() {
    return [...this.element.querySelectorAll("zoom-pane")];
  }

  /** Show the picture at `index` of the queue, and as many after it as are compared. */
  show(numbers, index) {
    const count = Math.min(this.count, numbers.length);
    if (index < this.start || index >= this.start + count) this.start = index;
    this.start = Math.max(0, Math.min(this.start, numbers.length - count));
    this.setPanes(count);
    this.panes.forEach((pane, i) => {
      const number = numbers[this.start + i];
      pane.dataset.number = number;
      pane.toggleAttribute("data-current", this.start + i === index && count > 1);
      pane.show(this.urlOf(number), this.thumbnailOf(number), `Picture ${number + 1}`);
    });
    this.fetchAhead(numbers, index, count);
    this.showFilm(numbers, index);
  }

  setPanes(count) {
    const { panes } = this;
    for (const pane of panes.slice(count)) pane.remove();
    for (let i = panes.length; i < count; i += 1) {
      const pane = document.createElement("zoom-pane");
      pane.className = "zoom-pane";
      pane.append(document.createElement("img"));
      this.element.append(pane);
    }
    this.element.dataset.count = count;
  }

  fetchAhead(numbers, index, count) {
    const wanted = numbers.slice(Math.max(0, index - AHEAD), index + count + AHEAD);
    for (const number of this.ahead.keys()) {
      if (!wanted.includes(number)) this.ahead.delete(number);
    }
    for (const number of wanted) {
      if (this.ahead.has(number)) continue;
      const picture = new Image();
      picture.src = this.urlOf(number);
      this.ahead.set(number, picture);
    }
  }

  showFilm(numbers, index) {
    const hasFocus = this.film.contains(document.activeElement);
    const first = Math.max(0, index - FILM);
    const links = numbers.slice(first, index + FILM + 1).map((number, i) => {
      const link = this.findFrame(number) ?? this.makeFrame(number);
      const isCurrent = first + i === index;
      if (isCurrent) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      link.tabIndex = isCurrent ? 0 : -1; // one stop of Tab; the arrow keys lead to the others
      return link;
    });
    this.film.replaceChildren(...links);
    const current = links[index - first];
    if (hasFocus) current.focus({ preventScroll: true });
    const { film } = this;
    film.scrollTo({
      left: current.offsetLeft - (film.clientWidth - current.offsetWidth) / 2,
      top: current.offsetTop - (film.clientHeight - current.offsetHeight) / 2,
    });
  }

  findFrame(number) {
    return this.film.querySelector(`[data-number="${number}"]`);
  }

  /** Show the verdict that a request set on this picture. */
  markFrame(number) {
    const frame = this.findFrame(number);
    if (frame) frame.dataset.verdict = this.changes.getVerdict(number);
  }

  makeFrame(number) {
    const frame = document.createElement("button");
    frame.type = "button";
    frame.dataset.number = number;
    const verdict = this.changes.getVerdict(number);
    if (verdict) frame.dataset.verdict = verdict; // the film forgets frames that are far away
    frame.dataset.action = "go";
    frame.setAttribute("aria-label", `Picture ${number + 1}`);
    const image = document.createElement("img");
    image.src = this.thumbnailOf(number);
    image.alt = "";
    frame.append(image);
    return frame;
  }

  urlOf(number) {
    return `${this.job}/pictures/${number}`;
  }

  thumbnailOf(number) {
    return `${this.job}/thumbnails/${number}.jpg`;
  }
}
