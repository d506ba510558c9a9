// The bar of an upload: bytes sent, speed and time left, with a button that cancels.
import { announce } from "./announce.js";
import { formatBytes, formatDuration } from "./format.js";

export class UploadBar {
  isBusy = false;

  constructor(element) {
    this.element = element;
    this.bar = element.querySelector("progress");
    this.label = element.querySelector("[data-field=label]");
    this.bytes = element.querySelector("[data-field=bytes]");
    element.querySelector("[data-action=cancel]").onclick = () => this.abort.abort();
  }

  /** Show the bar. Returns the signal of the user's Cancel. */
  start(name) {
    this.abort = new AbortController();
    this.name(name);
    this.bar.value = 0;
    this.bytes.textContent = "";
    this.show(true);
    announce("The upload has begun.");
    return this.abort.signal;
  }

  /** Name the file that is sent now. */
  name(name) {
    this.label.textContent = `Uploading ${name}`;
    this.started = performance.now();
    this.first = undefined;
  }

  /** Say why nothing moves, and when it is tried again. */
  showTrouble(sentence, delay) {
    this.first = undefined;
    this.started = performance.now() + delay;
    this.bytes.textContent = `${sentence} Trying again in ${formatDuration(delay / 1000)} …`;
    announce(sentence);
  }

  showSent(sent, total) {
    this.first ??= sent; // what an earlier try has sent tells nothing about the speed
    this.bar.max = total;
    this.bar.value = sent;
    if (sent >= total) {
      window.onbeforeunload = null;
      this.bytes.textContent = "Upload complete. Checking the archive…";
      return;
    }
    const parts = [`${formatBytes(sent)} of ${formatBytes(total)}`];
    const perSecond = (1000 * (sent - this.first)) / (performance.now() - this.started);
    if (perSecond > 0) {
      parts.push(`${formatBytes(perSecond)} a second`);
      parts.push(`${formatDuration((total - sent) / perSecond)} left`);
    }
    this.bytes.textContent = parts.join(" · ");
  }

  stop() {
    this.show(false);
  }

  show(isBusy) {
    this.isBusy = isBusy;
    this.element.hidden = !isBusy;
    this.element.closest("upload-drop").querySelector("form").hidden = isBusy;
    const warn = (event) => event.preventDefault(); // leaving the page would cancel the upload
    window.onbeforeunload = isBusy ? warn : null;
  }
}
