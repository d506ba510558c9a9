// <save-in-place>: sends its form without leaving the page and says what came of it; asks before the
// page is left while there are changes that are not saved.
import { announceError, announceBriefly } from "./announce.js";

class SaveInPlace extends HTMLElement {
  connectedCallback() {
    this.onLeave = (event) => event.preventDefault(); // the browser then asks in its own words
    this.addEventListener("input", () => addEventListener("beforeunload", this.onLeave));
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(event.target, event.submitter);
    });
    this.querySelector("a.button").addEventListener("click", () => this.release());
  }

  disconnectedCallback() {
    this.release();
  }

  release() {
    removeEventListener("beforeunload", this.onLeave);
  }

  async send(form, button) {
    try {
      const response = await fetch(form.action, { method: "POST", body: new FormData(form, button) });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      this.show(page, button.name);
    } catch {
      announceError("MonaSieve does not answer. Is it still running? Nothing was saved.");
    }
  }

  /** Show the server's answer in place of the page's content. */
  show(page, name) {
    const fresh = document.importNode(page.querySelector("main"), true);
    const said = fresh.querySelector(":scope > [role=status]");
    said?.remove();
    document.querySelector("main").replaceWith(fresh);
    if (said) announceBriefly(said.textContent);
    else fresh.querySelector("form").dispatchEvent(new Event("input", { bubbles: true })); // not saved yet
    (fresh.querySelector("[aria-invalid]") ?? fresh.querySelector(`[name=${name}]`))?.focus();
  }
}

customElements.define("save-in-place", SaveInPlace);
