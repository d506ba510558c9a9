// <picture-wall>: a pile as justified rows. Only the tiles near the window exist, so a pile may hold
// any number of pictures. The server renders the first ones; the columns bring the rest.
import { loadNames } from "./picture-names.js";
import { data, onColumns } from "./result-data.js";
import { Flight } from "./wall-flight.js";
import { listenToKeys } from "./wall-keys.js";
import { findRow, findRowOf, layOut, listBoxes } from "./wall-layout.js";
import { listIndices } from "./wall-order.js";
import { listenToClicks, returnToPlace } from "./wall-review.js";
import { WallSelect } from "./wall-select.js";
import { listenToSwipes } from "./wall-swipe.js";
import { WallTiles } from "./wall-tiles.js";
import { measureBar, needsNames, view } from "./wall-view.js";

export const GAP = 4; // pixels between tiles
const CAPTION = 22; // pixels for a name below a tile
const MOVE_MS = 220; // the transition of tiles that change their place

export class PictureWall extends HTMLElement {
  numbers = []; // of the pictures shown, in order
  ratios = [];
  rows = [];
  flight = new Flight(this);

  connectedCallback() {
    this.list = this.querySelector(".tiles");
    this.tiles = new WallTiles(this.list, () => this.flight.lookAhead());
    for (const [number, tile] of this.tiles.byNumber) {
      const image = tile.querySelector("img");
      this.numbers.push(number);
      this.ratios.push(image.getAttribute("width") / image.getAttribute("height") || 1);
    }
    this.toggleAttribute("data-virtual", true);
    this.layOut();
    listenToKeys(this, new WallSelect(this));
    listenToClicks(this);
    listenToSwipes(this);
    addEventListener("scroll", () => this.scheduleRender(), { passive: true });
    new ResizeObserver(() => this.onResize()).observe(this);
    document.addEventListener("view", () => this.onView());
    document.addEventListener("thresholds", ({ detail }) => this.onThresholds(detail.isFinal));
    document.addEventListener("appearance", ({ detail }) => this.onAppearance(detail.look));
    onColumns(() => this.onColumns());
  }

  async onColumns() {
    if (needsNames()) await loadNames();
    this.reorder();
    if (!this.isReady) returnToPlace(this);
    this.isReady = true;
    requestIdleCallback(loadNames);
  }

  async onView() {
    if (needsNames()) await loadNames();
    this.reorder();
    if (this.getBoundingClientRect().top < 0) this.scrollIntoView();
  }

  onAppearance(look) {
    if (look === "variants" && this.isReady) this.reorder();
    else this.layOut();
  }

  /** While a handle is held nothing changes its place; tiles that would leave the pile are greyed. */
  onThresholds(isFinal) {
    if (!isFinal) {
      this.tiles.markMoved();
      return;
    }
    this.toggleAttribute("data-moving", true);
    clearTimeout(this.moving);
    this.moving = setTimeout(() => this.toggleAttribute("data-moving", false), MOVE_MS);
    this.reorder();
  }

  /** Show the pictures of the view, in its order. */
  reorder() {
    const indices = listIndices(view);
    this.numbers = indices.map((index) => data.number[index]);
    this.ratios = Float32Array.from(indices, (index) => data.getRatio(index));
    this.layOut();
    this.tiles.update();
    document.dispatchEvent(new CustomEvent("wall", { detail: this.numbers }));
  }

  onResize() {
    if (this.clientWidth !== this.width) this.layOut();
    else this.scheduleRender();
  }

  layOut() {
    this.width = this.clientWidth;
    const caption = document.documentElement.hasAttribute("data-names") ? CAPTION : 0;
    const height = parseFloat(getComputedStyle(this).getPropertyValue("--row"));
    const layout = layOut(this.ratios, { width: this.width, height, gap: GAP, caption });
    this.rows = layout.rows;
    this.height = layout.height;
    this.list.style.blockSize = `${layout.height}px`;
    this.tiles.removeOthers(this.render()); // their places were those of before
  }

  scheduleRender() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.render();
    });
  }

  /** Place the tiles near the window. Returns their boxes. */
  render() {
    const top = -this.list.getBoundingClientRect().top; // of the window, in the wall
    this.flight.follow(top);
    this.top = top;
    const ahead = this.flight.reach * innerHeight;
    const boxes = this.listBoxesBetween(top - ahead, top + innerHeight + ahead);
    this.tiles.place(boxes, { total: this.numbers.length, isFlying: this.flight.isOn });
    document.dispatchEvent(new CustomEvent("render"));
    return boxes;
  }

  /** Boxes of all pictures whose rows touch a stretch of the wall, in pixels from its top. */
  listBoxesBetween(top, bottom) {
    if (!this.rows.length) return [];
    const [first, last] = [findRow(this.rows, top), findRow(this.rows, bottom)];
    const boxes = [];
    for (let row = first; row <= last; row += 1) {
      for (const box of listBoxes(this.rows, row, this.ratios, GAP)) {
        boxes.push({ ...box, number: this.numbers[box.position] });
      }
    }
    return boxes;
  }

  /** Scroll until the picture at a position is well in view, and return its tile. */
  reveal(position) {
    const row = this.rows[findRowOf(this.rows, position)];
    const above = measureBar() + GAP;
    const top = this.list.getBoundingClientRect().top + row.top;
    const hidden = top + row.height + GAP - innerHeight;
    if (top < above) scrollBy(0, top - above);
    else if (hidden > 0) scrollBy(0, hidden);
    this.render();
    const tile = this.tiles.byNumber.get(this.numbers[position]);
    if (tile) this.tiles.fill(tile); // it needs its name at once
    return tile;
  }
}

customElements.define("picture-wall", PictureWall);
