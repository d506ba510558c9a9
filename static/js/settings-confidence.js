// <settings-confidence>: warns while a confidence below 0.5 is in the field.

class SettingsConfidence extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input[type=number]");
    const warning = this.querySelector("[data-field=low]");
    field.addEventListener("input", () => {
      warning.hidden = !(field.valueAsNumber < 0.5); // NaN if the field is empty
    });
  }
}

customElements.define("settings-confidence", SettingsConfidence);
