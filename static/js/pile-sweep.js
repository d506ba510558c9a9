// @ts-check
// <pile-sweep data-target>: none of the pictures that are shown is the target, in one click; and undo.
import { confidenceShown } from "./marks.js";
import { inTurn, post } from "./send.js";
import { showAnswer } from "./tile-swap.js";
import { announce, number } from "./words.js";

const MOST = 1000; // pictures of one request

class PileSweep extends HTMLElement {
  /** @type {string[]} numbers of the pictures that it was said of */
  said = [];

  connectedCallback() {
    this.hidden = false;
    this.form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    this.form.onsubmit = (event) => (event.preventDefault(), inTurn(() => this.say("is_not", this.unsaid())));
    /** @type {HTMLElement} */ (this.querySelector("[data-undo]")).onclick = () => inTurn(() => this.say("none", this.said));
  }

  /** Pictures of this pile that are shown and of which the user has said nothing yet. */
  unsaid() {
    const tiles = /** @type {NodeListOf<HTMLElement>} */ (this.parentElement?.querySelectorAll(".tile[data-verdict='']:not(.tile-moved)"));
    return [...tiles].slice(0, MOST).map((tile) => tile.dataset.number ?? "");
  }

  /** @param {"is_not" | "none"} word @param {string[]} numbers */
  async say(word, numbers) {
    if (!this.form || numbers.length === 0) return;
    const fields = { word, shown: numbers.join(" "), confidence: confidenceShown() };
    const answer = await post(this.form, fields).catch((error) => announce(error.message, true));
    if (!answer) return;
    showAnswer(answer);
    this.said = word === "none" ? [] : numbers;
    const pictures = numbers.length === 1 ? "1 picture" : `${number(numbers.length)} pictures`;
    const words = `You said of ${pictures}: not ${this.dataset.target}.`;
    /** @type {HTMLElement} */ (this.querySelector("[data-words]")).textContent = words;
    /** @type {HTMLElement} */ (this.querySelector("[data-swept]")).hidden = this.said.length === 0;
    announce(word === "none" ? "Undone." : words);
  }
}

customElements.define("pile-sweep", PileSweep);
