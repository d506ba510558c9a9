// <strictness-choice>: what each choice means for the chosen character, and the choice as a number.
import { writeProbability } from "./percent.js";

class StrictnessChoice extends HTMLElement {
  connectedCallback() {
    this.choices = readChoices(this.dataset.choices);
    this.character.onchange = () => this.show();
    this.own.oninput = () => (this.querySelector("[value=own]").checked = true);
    // The form for a folder on the server stands elsewhere and sends the same choices.
    document.querySelector("form[data-takes-choices]")?.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of Object.entries(this.values)) formData.set(name, value);
    });
  }

  /** The field of the character. */
  get character() {
    return this.querySelector("select");
  }

  /** The field of the user's own percentage. */
  get own() {
    return this.querySelector("[name=confidence]");
  }

  /** What is chosen, as a form sends it. @returns {{target: string, confidence: string}} */
  get values() {
    const target = this.character.value;
    const name = this.querySelector("[name=strictness]:checked").value;
    const choice = this.choices[target].find((one) => one.name === name);
    return { target, confidence: choice ? writeProbability(choice.confidence) : this.own.value };
  }

  show() {
    const [option] = this.character.selectedOptions;
    // The page has the portrait of one character only.
    this.querySelector(".portrait").toggleAttribute("hidden", !option.defaultSelected);
    for (const { name, caption } of this.choices[option.value]) {
      this.querySelector(`[data-caption=${name}]`).textContent = caption;
    }
    this.querySelector("[data-field=character]").textContent = option.textContent;
  }
}

/** @returns {Object<string, {name: string, confidence: number, caption: string}[]>} by character */
function readChoices(text) {
  const read = ([name, , confidence, caption]) => ({ name, confidence, caption });
  const pairs = Object.entries(JSON.parse(text));
  return Object.fromEntries(pairs.map(([character, choices]) => [character, choices.map(read)]));
}

customElements.define("strictness-choice", StrictnessChoice);
