// <verdict-history data-job data-undo data-undo-words data-redo data-redo-words>: the buttons Undo
// and Redo with their keys, and the newest state of both.
import { readKey } from "./keys.js";
import { redo, undo } from "./verdicts.js";
import { onOtherState } from "./windows.js";

const STEPS = { undo, redo };

class VerdictHistory extends HTMLElement {
  connectedCallback() {
    for (const button of this.querySelectorAll("button")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        STEPS[button.dataset.step]();
      });
    }
    this.controller = new AbortController();
    const { signal } = this.controller;
    document.addEventListener("verdicts", (event) => this.show(event.detail), { signal });
    document.addEventListener("keydown", (event) => this.onKey(event), { signal });
    onOtherState(this.dataset.job, () => this.refresh(), { signal });
  }

  disconnectedCallback() {
    this.controller.abort();
  }

  onKey(event) {
    const step = STEPS[readKey(event)];
    if (!step) return;
    event.preventDefault();
    step();
  }

  /** Another window may have gone on: Undo here is about its last answer, too. */
  async refresh() {
    const request = Symbol("request");
    this.request = request;
    const response = await fetch(`${this.dataset.job}/verdicts.json`).catch(() => null);
    const history = response?.ok ? await response.json() : null;
    if (history && this.request === request) this.show(history); // else a later answer knows more
  }

  show(answer) {
    this.request = null;
    for (const name of ["undo", "redo"]) {
      const step = answer[name];
      this.dataset[name] = step?.entry ?? "";
      this.dataset[`${name}Words`] = step?.words ?? "";
      const button = this.querySelector(`[data-step=${name}]`);
      button.disabled = !step;
      button.title = step ? `${button.dataset.label}: ${step.words} (${button.dataset.key})` : "";
    }
  }
}

customElements.define("verdict-history", VerdictHistory);
