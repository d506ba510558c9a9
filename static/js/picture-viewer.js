// @ts-check
// <picture-viewer>: a picture in full, in a <dialog>. Arrows go on, P, X and U judge, Escape closes.
import { showFull } from "./full-picture.js";
import { mark, wordOf } from "./marks.js";

/** @type {Record<string, string>} */
const ARROWS = { ArrowRight: "next", ArrowLeft: "previous" };

/** @param {MouseEvent} event */
const pressed = (event) => /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("[data-do]"))?.dataset.do;

class PictureViewer extends HTMLElement {
  /** @type {HTMLElement | null} */
  tile = null;

  connectedCallback() {
    this.dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
    this.image = /** @type {HTMLImageElement} */ (this.querySelector("img"));
    this.dialog.addEventListener("keydown", (event) => this.act(wordOf(event) ?? ARROWS[event.key]));
    this.dialog.addEventListener("click", (event) => this.act(pressed(event)));
    this.dialog.addEventListener("close", () => this.back());
    document.addEventListener("click", (event) => this.opened(event));
    document.addEventListener("marked", (event) => this.marked(/** @type {CustomEvent} */ (event).detail.tile));
  }

  /** @param {MouseEvent} event */
  opened(event) {
    const link = /** @type {HTMLElement} */ (event.target).closest(".tile-picture");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.show(/** @type {HTMLElement} */ (link.closest(".tile")));
    this.dialog?.showModal();
  }

  /** @param {HTMLElement} tile */
  show(tile) {
    this.tile = tile;
    const small = /** @type {HTMLImageElement} */ (tile.querySelector("img"));
    const link = /** @type {HTMLAnchorElement} */ (tile.querySelector(".tile-picture"));
    this.piece("name").replaceChildren(/** @type {Node} */ (tile.querySelector(".path")?.cloneNode(true)));
    this.piece("probability").textContent = tile.querySelector(".tile-probability")?.textContent ?? "";
    for (const word of ["is", "is_not"]) this.piece(word).setAttribute("aria-pressed", String(tile.dataset.verdict === word));
    this.piece("none").toggleAttribute("disabled", !tile.dataset.verdict);
    showFull(/** @type {HTMLImageElement} */ (this.image), small, link.href);
  }

  /** @param {-1 | 1} step */
  async go(step) {
    const side = step > 0 ? "nextElementSibling" : "previousElementSibling";
    if (step > 0 && !this.tile?.nextElementSibling) {
      await /** @type {any} */ (document.querySelector("pile-gallery")).more();
    }
    if (this.tile?.[side]) this.show(/** @type {HTMLElement} */ (this.tile[side]));
  }

  /** @param {string | undefined} what close, next, previous, or a word on the picture */
  act(what) {
    if (what === "close") this.dialog?.close();
    else if (what === "next" || what === "previous") this.go(what === "next" ? 1 : -1);
    else if (what && this.tile) mark(this.tile, /** @type {import("./marks.js").Word} */ (what));
  }

  /** @param {HTMLElement} tile that took the place of the one shown */
  marked(tile) {
    if (this.dialog?.open && tile.dataset.number === this.tile?.dataset.number) this.show(tile);
  }

  back() {
    const link = /** @type {HTMLElement | null | undefined} */ (this.tile?.querySelector(".tile-picture"));
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} name @returns {HTMLElement} */
  piece(name) {
    return /** @type {HTMLElement} */ (this.querySelector(`[data-show="${name}"], [data-do="${name}"]`));
  }
}

customElements.define("picture-viewer", PictureViewer);
