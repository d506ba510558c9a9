// <follow-page>: shows the page again each second, without a reload, as long as it has this element.
import { showPage } from "./show-page.js";

const SECOND = 1000; // milliseconds

class FollowPage extends HTMLElement {
  connectedCallback() {
    this.timer = setTimeout(() => this.follow(), SECOND);
    this.onSubmit = () => clearTimeout(this.timer); // a form that was just sent goes first
    document.addEventListener("submit", this.onSubmit);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("submit", this.onSubmit);
  }

  async follow() {
    await showPage(location.href).catch(() => undefined); // it may be starting again
    if (this.isConnected) this.timer = setTimeout(() => this.follow(), SECOND);
  }
}

customElements.define("follow-page", FollowPage);
