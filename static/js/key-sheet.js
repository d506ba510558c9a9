// <key-sheet>: the keys as a dialog, opened by its button or by "?". Without script, the button leads
// to the help page.
import { readKey } from "./keys.js";

class KeySheet extends HTMLElement {
  connectedCallback() {
    const sheet = this.querySelector("dialog");
    this.querySelector("a").addEventListener("click", (event) => {
      event.preventDefault();
      sheet.showModal();
    });
    sheet.addEventListener("click", ({ target }) => {
      if (target === sheet) sheet.close(); // beside the sheet
    });
    document.addEventListener("keydown", (event) => {
      if (sheet.open) {
        if (event.key === "?") sheet.close();
        event.stopImmediatePropagation(); // the keys of the page rest meanwhile
      } else if (readKey(event) === "keys") sheet.showModal();
    }, { capture: true });
  }
}

customElements.define("key-sheet", KeySheet);
