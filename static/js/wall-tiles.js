// The tiles of a wall that exist now: those near the window, in the order of the pictures.
import { onColumns } from "./result-data.js";
import {
  adoptTile,
  emptyTile,
  fillTile,
  makeTile,
  markMoved,
  stopLoading,
  updateColour,
  updateName,
  updateSelected,
  updateTile,
} from "./wall-tile.js";
import { view } from "./wall-view.js";

const SPARE = 30; // tiles kept for the pictures that come next

export class WallTiles {
  byNumber = new Map();
  waiting = new Set(); // tiles that asked for their picture

  /**
   * @param {HTMLElement} list with the tiles that the server rendered
   * @param {() => void} onLoaded called when the last picture that was asked for is there
   */
  constructor(list, onLoaded) {
    this.list = list;
    this.onLoaded = onLoaded;
    for (const name of ["load", "error"]) {
      list.addEventListener(name, ({ target }) => this.settle(target.closest(".tile")), true);
    }
    for (const tile of list.querySelectorAll(".tile")) {
      this.byNumber.set(Number(tile.dataset.number), tile);
      adoptTile(tile);
    }
    onColumns(() => this.byNumber.forEach(updateColour));
    document.addEventListener("verdict", () => this.update());
    document.addEventListener("selection", () => this.byNumber.forEach(updateSelected));
    document.addEventListener("names", () => this.byNumber.forEach(updateName));
  }

  /** Show the pictures' piles and verdicts as they are now. */
  update() {
    this.byNumber.forEach(updateTile);
    this.markMoved();
  }

  /** Grey the pictures that would leave the pile. */
  markMoved() {
    for (const tile of this.byNumber.values()) markMoved(tile, view.pile);
  }

  /**
   * Place the tiles of these pictures. Some others stay where they are until they are needed. While
   * the wall flies by, tiles are empty.
   * @param {{number: number, position: number, left: number, top: number, width: number,
   *     height: number}[]} boxes
   * @param {{total: number, isFlying: boolean}} more
   */
  place(boxes, { total, isFlying }) {
    const free = this.listFree(boxes);
    let previous = null;
    for (const box of boxes) {
      const tile = this.byNumber.get(box.number) ?? this.reuse(free, box.number);
      if (!this.isNext(tile, previous, free)) this.list.insertBefore(tile, this.findNext(previous));
      free.delete(tile);
      if (!isFlying) this.fill(tile);
      setPlace(tile, box, total);
      previous = tile;
    }
    this.remove([...free].slice(SPARE));
    for (const tile of free) {
      stopLoading(tile);
      this.settle(tile);
    }
  }

  /** A tile waits no more. */
  settle(tile) {
    if (this.waiting.delete(tile) && !this.waiting.size) this.onLoaded();
  }

  /** The tiles whose pictures are not wanted, but not the focused one; in the list's order. */
  listFree(boxes) {
    const wanted = new Set(boxes.map(({ number }) => number));
    const focused = document.activeElement.closest(".tile");
    const isFree = (tile) => tile !== focused && !wanted.has(Number(tile.dataset.number));
    return new Set([...this.list.children].filter(isFree));
  }

  /** Show a picture in the first free tile. It leaves `free` once it has its place. */
  reuse(free, number) {
    const [used] = free;
    if (used) this.byNumber.delete(Number(used.dataset.number));
    const tile = used ?? makeTile();
    this.byNumber.set(number, tile);
    emptyTile(tile, number);
    this.waiting.delete(tile);
    return tile;
  }

  fill(tile) {
    if (fillTile(tile)) this.waiting.add(tile);
    markMoved(tile, view.pile);
  }

  findNext(previous) {
    return previous ? previous.nextElementSibling : this.list.firstElementChild;
  }

  /** Whether only free tiles lie between `previous` and a tile. */
  isNext(tile, previous, free) {
    let next = this.findNext(previous);
    while (next && next !== tile && free.has(next)) next = next.nextElementSibling;
    return next === tile;
  }

  /** Remove the tiles of all other pictures, but not the focused one. */
  removeOthers(boxes) {
    this.remove([...this.listFree(boxes)]);
  }

  remove(tiles) {
    for (const tile of tiles) {
      this.byNumber.delete(Number(tile.dataset.number));
      this.settle(tile);
      tile.remove();
    }
  }
}

function setPlace(tile, { position, left, top, width, height }, total) {
  tile.ariaPosInSet = String(position + 1);
  tile.ariaSetSize = String(total);
  tile.style.translate = `${left}px ${top}px`;
  tile.style.inlineSize = `${width}px`;
  tile.style.blockSize = `${height}px`;
}
