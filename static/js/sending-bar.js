// @ts-check
// The bar of an upload: bytes sent, of how many, how fast, how long it will take.
import { announce, duration, size } from "./words.js";

export class SendingBar {
  busy = false;
  #started = 0;
  #abort = new AbortController();

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.bar = /** @type {HTMLProgressElement} */ (element.querySelector("progress"));
    this.bytes = /** @type {HTMLElement} */ (element.querySelector("[data-bytes]"));
    const cancel = /** @type {HTMLButtonElement} */ (element.querySelector("[data-cancel]"));
    cancel.onclick = () => this.#abort.abort();
  }

  /** @param {string} what is sent @returns {AbortSignal} the user's wish to cancel */
  start(what) {
    this.#abort = new AbortController();
    this.#started = performance.now();
    const label = /** @type {HTMLElement} */ (this.element.querySelector("[data-what]"));
    label.textContent = `Uploading ${what}`;
    this.bar.value = 0;
    this.bytes.textContent = "";
    this.#show(true);
    announce("The upload has begun.");
    return this.#abort.signal;
  }

  /** @param {number} sent bytes @param {number} total bytes */
  count(sent, total) {
    this.bar.max = total;
    this.bar.value = sent;
    if (sent >= total) {
      window.onbeforeunload = null;
      this.bytes.textContent = `${size(total)} sent. Looking into it …`;
      return;
    }
    const rate = (sent / (performance.now() - this.#started)) * 1000; // bytes per second
    const left = rate > 0 ? ` · ${size(rate)} a second · ${duration((total - sent) / rate)} left` : "";
    this.bytes.textContent = `${size(sent)} of ${size(total)}${left}`;
  }

  stop() {
    this.#show(false);
  }

  /** @param {boolean} busy */
  #show(busy) {
    this.busy = busy;
    this.element.hidden = !busy;
    window.onbeforeunload = busy ? (event) => event.preventDefault() : null; // leaving would cancel it
    const zone = /** @type {HTMLElement} */ (this.element.closest("upload-drop")?.querySelector("form"));
    zone.hidden = busy;
  }
}
