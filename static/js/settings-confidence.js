// @ts-check
// <settings-confidence>: says what a low confidence means while it is typed.

class SettingsConfidence extends HTMLElement {
  connectedCallback() {
    const input = /** @type {HTMLInputElement} */ (this.querySelector("input[type=number]"));
    const note = /** @type {HTMLElement} */ (this.querySelector("[data-low]"));
    input.addEventListener("input", () => {
      note.hidden = !(input.value && input.valueAsNumber < 0.5);
    });
  }
}

customElements.define("settings-confidence", SettingsConfidence);
