// @ts-check
// <job-progress data-url>: asks how far the job is, each second; slower while nobody answers.
import { announce, duration, number } from "./words.js";

const SECOND = 1000;
const SLOWEST = 15 * SECOND;

class JobProgress extends HTMLElement {
  delay = SECOND;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;
  tenth = -1;
  pageTitle = document.title;

  connectedCallback() {
    this.timer = setTimeout(() => this.poll(), SECOND / 4);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  async poll() {
    try {
      const response = await fetch(/** @type {string} */ (this.dataset.url));
      if (response.status === 404) return location.assign("/jobs"); // deleted meanwhile
      const job = await response.json();
      if (job.finished) return location.reload();
      this.show(job);
      this.trouble(job.obstacle ?? "");
      this.delay = SECOND;
    } catch {
      this.delay = Math.min(this.delay * 2, SLOWEST); // it is being restarted: again, slower
      this.trouble("MonaSieve does not answer at the moment. The work goes on as soon as it is back.");
    }
    this.timer = setTimeout(() => this.poll(), this.delay);
  }

  /** @param {{state: string, done: number, total: number, kept: number, pictures_per_second: number | null, seconds_left: number | null}} job */
  show(job) {
    const bar = /** @type {HTMLProgressElement} */ (this.querySelector("progress"));
    bar.max = job.total || 1;
    bar.value = job.done;
    this.say("headline", job.state === "running" ? "Looking at your pictures" : "Waiting its turn");
    this.say("done", number(job.done));
    this.say("kept", number(job.kept));
    this.say("rate", job.pictures_per_second ? job.pictures_per_second.toFixed(1) : "–");
    this.say("left", job.seconds_left === null ? "–" : duration(job.seconds_left));
    document.title = `${Math.floor((100 * job.done) / (job.total || 1))} % · ${this.pageTitle}`;
    const tenth = Math.floor((10 * job.done) / (job.total || 1));
    if (tenth > this.tenth && this.tenth >= 0) announce(`${tenth * 10} percent done, ${number(job.kept)} kept so far.`);
    this.tenth = tenth;
  }

  /** @param {string} sentence */
  trouble(sentence) {
    this.say("trouble", sentence).hidden = !sentence;
  }

  /** @param {string} what @param {string} text */
  say(what, text) {
    const place = /** @type {HTMLElement} */ (this.querySelector(`[data-say="${what}"]`));
    if (place.textContent !== text) place.textContent = text;
    return place;
  }
}

customElements.define("job-progress", JobProgress);
