// <card-search>: hides the cards that do not match while the user types.
import { announce } from "./announce.js";

class CardSearch extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-scriptless]").hidden = true;
    this.querySelector("input").addEventListener("input", (event) => this.show(event.target.value));
  }

  show(text) {
    const wanted = text.trim().toLowerCase();
    const cards = [...document.querySelectorAll("[data-search]")];
    for (const card of cards) card.hidden = !card.dataset.search.toLowerCase().includes(wanted);
    announce(`${cards.filter((card) => !card.hidden).length} found.`);
  }
}

customElements.define("card-search", CardSearch);
