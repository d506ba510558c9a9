// The tiles of a wall that exist now: those near the window, in the order of the pictures.
import { adoptLink, loadPicture, makeTile, markMoved, updateName, updateSelected, updateTile } from "./wall-tile.js";
import { view } from "./wall-view.js";

export class WallTiles {
  byNumber = new Map();

  /** @param {HTMLElement} list with the tiles that the server rendered */
  constructor(list) {
    this.list = list;
    for (const tile of list.querySelectorAll(".tile")) {
      this.byNumber.set(Number(tile.dataset.number), tile);
      tile.classList.add("tile-loaded");
      adoptLink(tile);
    }
    document.addEventListener("verdict", () => this.update());
    document.addEventListener("selection", () => this.byNumber.forEach(updateSelected));
    document.addEventListener("names", () => this.byNumber.forEach(updateName));
  }

  /** Show the pictures' piles and verdicts as they are now. */
  update() {
    for (const tile of this.byNumber.values()) {
      updateTile(tile);
      markMoved(tile, view.pile);
    }
  }

  /**
   * Place the tiles of these pictures, and remove all others but the focused one.
   * @param {{number: number, position: number, left: number, top: number, width: number,
   *     height: number}[]} boxes
   * @param {{total: number, isFast: boolean}} more `isFast`: the wall flies by, so pictures wait
   */
  place(boxes, { total, isFast }) {
    let previous = null;
    for (const box of boxes) {
      const tile = this.byNumber.get(box.number) ?? this.insert(box.number, previous);
      if (!isFast) loadPicture(tile);
      setPlace(tile, box, total);
      previous = tile;
    }
    const shown = new Set(boxes.map((box) => box.number));
    for (const [number, tile] of this.byNumber) {
      if (!shown.has(number) && !tile.contains(document.activeElement)) this.remove(number, tile);
    }
  }

  insert(number, previous) {
    const tile = makeTile(number);
    markMoved(tile, view.pile);
    this.byNumber.set(number, tile);
    if (previous) previous.after(tile);
    else this.list.prepend(tile);
    return tile;
  }

  remove(number, tile) {
    tile.querySelector("img").removeAttribute("src"); // ends a request under way
    tile.remove();
    this.byNumber.delete(number);
  }
}

function setPlace(tile, { position, left, top, width, height }, total) {
  tile.ariaPosInSet = String(position + 1);
  tile.ariaSetSize = String(total);
  tile.style.translate = `${left}px ${top}px`;
  tile.style.inlineSize = `${width}px`;
  tile.style.setProperty("--height", `${height}px`);
}
