// <job-selection>: selects all jobs of a list, and says how many are selected.
import { pluralize } from "./format.js";

class JobSelection extends HTMLElement {
  connectedCallback() {
    this.all = this.querySelector("[data-action=all]");
    this.querySelector("[data-scripted]").hidden = false;
    this.all.addEventListener("change", () => {
      for (const box of this.boxes) box.checked = this.all.checked;
    });
    this.addEventListener("change", () => this.show());
    this.show();
  }

  get boxes() {
    return [...this.querySelectorAll("input[name=job]")];
  }

  show() {
    const selected = this.boxes.filter((box) => box.checked).length;
    this.all.checked = selected === this.boxes.length;
    this.all.indeterminate = selected > 0 && !this.all.checked;
    this.querySelector(".menu").hidden = selected === 0;
    this.querySelector("[data-field=label]").textContent = `Delete ${pluralize(selected, "job")}…`;
  }
}

customElements.define("job-selection", JobSelection);
