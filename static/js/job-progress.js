// <job-progress data-url data-page data-thumbnails data-name>: shows the job's progress each second,
// less often while there is no answer, and at the end the result in place of itself.
import { announce } from "./announce.js";
import { formatCount } from "./format.js";
import { showPage } from "./show-page.js";

const SECOND = 1000; // milliseconds
const LONGEST_DELAY = 15 * SECOND;

class JobProgress extends HTMLElement {
  delay = SECOND;
  lastTenth = -1;

  connectedCallback() {
    this.timer = setTimeout(() => this.poll(), SECOND / 4);
    document.addEventListener("submit", () => this.stop());
    this.offerNotification();
  }

  disconnectedCallback() {
    this.stop();
  }

  /** A new page would cancel the form that the user has just sent. */
  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  async poll() {
    try {
      const response = await fetch(this.dataset.url);
      const job = response.status === 404 ? null : await response.json();
      if (this.isStopped) return;
      if (!job) return location.assign("/jobs"); // it was deleted
      if (job.finished) return this.finish(job);
      this.show(job);
      this.showTrouble(job.blocked_by ?? "");
      this.delay = SECOND;
    } catch {
      this.delay = Math.min(2 * this.delay, LONGEST_DELAY);
      this.showTrouble("MonaSieve does not answer. The job continues when it is back.");
    }
    this.timer = setTimeout(() => this.poll(), this.delay);
  }

  show(job) {
    const bar = this.querySelector("progress");
    const fraction = job.done / (job.total || 1);
    bar.max = job.total || 1;
    bar.value = job.done;
    this.showPiles(job.piles);
    this.showScores(job.scores);
    this.showNewest(job.newest_kept);
    for (const field of ["headline", "left", "line", "look"]) this.setText(field, job[field]);
    this.querySelector("[data-field=first]").hidden = !job.can_be_put_first;
    this.setText("done", formatCount(job.done));
    this.setText("kept", formatCount(job.piles.kept));
    this.setText("rate", job.pictures_per_second?.toFixed(1) ?? "…");
    document.title = `${Math.floor(100 * fraction)} % · ${this.dataset.name}`;
    this.announceTenth(Math.floor(10 * fraction), job.piles.kept);
  }

  showPiles(piles) {
    let x = 0;
    for (const part of this.querySelectorAll(".pile-bar rect")) {
      const count = piles[part.dataset.pile];
      part.setAttribute("x", x);
      part.setAttribute("width", count);
      x += count;
    }
  }

  /** Let the plot's bars grow. @param {number[]} heights 0..1 */
  showScores(heights) {
    this.querySelectorAll(".growing-plot rect").forEach((bar, number) => {
      bar.setAttribute("y", 100 - 100 * heights[number]);
      bar.setAttribute("height", 100 * heights[number]);
    });
  }

  /** Add pictures that are not shown yet, and remove those that are no longer among the newest. */
  showNewest(numbers) {
    const list = this.querySelector("[data-field=newest]");
    const shown = new Map([...list.children].map((item) => [Number(item.dataset.number), item]));
    const items = numbers.map((number) => shown.get(number) ?? this.makePicture(number));
    if (items.length === list.children.length && items.every((item) => item.isConnected)) return;
    list.replaceChildren(...items);
  }

  makePicture(number) {
    const item = document.createElement("li");
    item.dataset.number = number;
    item.className = "appears";
    item.onanimationend = () => item.classList.remove("appears"); // or it would appear again
    const picture = new Image();
    picture.alt = "";
    picture.src = `${this.dataset.thumbnails}/${number}.jpg`;
    item.append(picture);
    return item;
  }

  announceTenth(tenth, kept) {
    if (this.lastTenth >= 0 && tenth > this.lastTenth) {
      announce(`${tenth * 10} percent done, ${formatCount(kept)} kept so far.`);
    }
    this.lastTenth = tenth;
  }

  showTrouble(sentence) {
    this.setText("trouble", sentence);
    this.querySelector("[data-field=trouble]").hidden = !sentence;
  }

  setText(field, text) {
    const element = this.querySelector(`[data-field=${field}]`);
    if (element.textContent !== text) element.textContent = text;
  }

  async finish(job) {
    const ends = { succeeded: `✓ ${formatCount(job.piles.kept)} kept`, failed: "Failed", cancelled: "Stopped" };
    try {
      await showPage(this.dataset.page);
    } catch {
      return location.reload(); // the server's own page says what is wrong
    }
    document.title = `${ends[job.state]} · ${this.dataset.name}`;
    announce(document.title);
    if (canNotify() && Notification.permission === "granted" && !document.hasFocus()) {
      new Notification(document.title);
    }
  }

  /** Show the button that asks for the permission, where it is still to be asked for. */
  offerNotification() {
    const button = this.querySelector("[data-field=notify]");
    const update = () => (button.hidden = !canNotify() || Notification.permission !== "default");
    button.onclick = () => Notification.requestPermission().then(update);
    update();
  }
}

/** Browsers notify only on pages of https or of this computer. */
function canNotify() {
  return isSecureContext && "Notification" in window;
}

customElements.define("job-progress", JobProgress);
