// @ts-check
// <picture-viewer>: a picture in full, in a <dialog>. Arrows go on, P and X judge and go on, U takes back, Escape or Back closes.
import { mark, wordOf } from "./marks.js";
import { fillIn } from "./viewer-pieces.js";
import { enter, leave, onBack } from "./way-back.js";

/** @type {Record<string, string>} */
const ARROWS = { ArrowRight: "next", ArrowLeft: "previous" };

/** @param {MouseEvent} event */
const pressed = (event) => /** @type {HTMLElement} */ (event.target).closest("[data-do]")?.getAttribute("data-do") ?? undefined;

class PictureViewer extends HTMLElement {
  /** @type {HTMLElement | null} */
  tile = null;

  connectedCallback() {
    this.dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
    this.dialog.addEventListener("keydown", (event) => this.act(wordOf(event) ?? ARROWS[event.key]));
    this.dialog.addEventListener("click", (event) => this.act(pressed(event)));
    this.dialog.addEventListener("close", () => this.back());
    onBack(() => this.dialog?.close());
    document.addEventListener("click", (event) => this.opened(event));
    document.addEventListener("marked", (event) => this.marked(/** @type {CustomEvent} */ (event).detail.tiles));
  }

  /** @param {MouseEvent} event */
  opened(event) {
    const link = /** @type {HTMLElement} */ (event.target).closest(".tile-picture");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.show(/** @type {HTMLElement} */ (link.closest(".tile")));
    this.dialog?.showModal();
    enter(() => Boolean(this.dialog?.open));
  }

  /** @param {HTMLElement} tile */
  show(tile) {
    this.tile = tile;
    fillIn(this, tile);
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
    else if (what && this.tile) this.judge(this.tile, /** @type {import("./marks.js").Word} */ (what));
  }

  /** Say it and go on; what is taken back is looked at again.
   * @param {HTMLElement} tile @param {import("./marks.js").Word} word */
  judge(tile, word) {
    mark(tile, word);
    if (word !== "none") this.go(1);
  }

  /** @param {HTMLElement[]} tiles that took the places of others, perhaps of the one shown */
  marked(tiles) {
    const mine = tiles.find((tile) => tile.id === this.tile?.id);
    if (this.dialog?.open && mine) this.show(mine);
  }

  back() {
    leave();
    const link = /** @type {HTMLElement | null | undefined} */ (this.tile?.querySelector(".tile-picture"));
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("picture-viewer", PictureViewer);
