// <job-progress data-url>: asks for the job's progress each second, less often while there is no
// answer.
import { announce } from "./announce.js";
import { formatCount, formatDuration } from "./format.js";

const SECOND = 1000; // milliseconds
const LONGEST_DELAY = 15 * SECOND;

class JobProgress extends HTMLElement {
  delay = SECOND;
  lastTenth = -1;
  pageTitle = document.title;

  connectedCallback() {
    this.timer = setTimeout(() => this.poll(), SECOND / 4);
    document.addEventListener("submit", () => this.stop());
  }

  disconnectedCallback() {
    this.stop();
  }

  /** A reload would cancel the form that the user has just sent. */
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
      if (job.finished) return location.reload();
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
    this.setText("headline", job.state === "running" ? "Sorting your pictures" : "In line");
    this.setText("done", formatCount(job.done));
    this.setText("kept", formatCount(job.kept));
    this.setText("rate", job.pictures_per_second?.toFixed(1) ?? "–");
    this.setText("left", job.seconds_left === null ? "–" : formatDuration(job.seconds_left));
    document.title = `${Math.floor(100 * fraction)} % · ${this.pageTitle}`;
    this.announceTenth(Math.floor(10 * fraction), job.kept);
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
}

customElements.define("job-progress", JobProgress);
