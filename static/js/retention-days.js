// <retention-days data-ages>: says how many jobs the number of days would delete at once.
import { pluralize } from "./format.js";

class RetentionDays extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.field.oninput = () => this.show();
  }

  show() {
    const days = this.field.valueAsNumber;
    const due = days > 0 ? JSON.parse(this.dataset.ages).filter((age) => age > days).length : 0;
    const note = this.querySelector("[data-field=due]");
    note.textContent = `Saving this deletes ${pluralize(due, "job")} that ended longer ago.`;
    note.hidden = due === 0;
  }
}

customElements.define("retention-days", RetentionDays);
