// Select pictures of the wall: by their boxes, by a click with Ctrl or Shift, by a long press of a
// finger, and by keys. While anything is selected, a click selects, too.
import { listenToLasso } from "./wall-lasso.js";
import { selection } from "./selection.js";
import { setSelectionVerdict } from "./selection-bar.js";
import { isVerdict, readKey } from "./keys.js";

const LONG_PRESS_MS = 450;
const STILL = 10; // pixels that a resting finger may move

export class WallSelect {
  anchor = null; // the picture at which a range begins
  last = null; // the one at which it ends
  base = []; // what was selected besides the range

  /** @param {import("./picture-wall.js").PictureWall} wall */
  constructor(wall) {
    this.wall = wall;
    this.isClickUsed = false; // the pointer selected already, so its click does nothing
    wall.addEventListener("click", (event) => this.onClick(event), { capture: true });
    wall.addEventListener("pointerdown", (event) => this.onPointerDown(event));
    wall.addEventListener("contextmenu", (event) => {
      if (this.isTouch) event.preventDefault(); // the long press selects
    });
    document.addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("wall", () => {
      if (selection.size) selection.replace(wall.numbers.filter((number) => selection.has(number)));
    });
    listenToLasso(wall, () => (this.isClickUsed = true));
  }

  /** Select a picture, or no longer; ranges begin here. */
  toggle(number) {
    selection.toggle(number);
    this.begin(number);
  }

  begin(number) {
    this.anchor = this.last = number;
    this.base = selection.list();
  }

  /**
   * Select everything from where the range began up to this picture.
   * @param {number} [start] the picture that the keys come from: a range that ended elsewhere is over
   */
  extendTo(number, start = this.last) {
    const { numbers } = this.wall;
    if (!selection.has(this.anchor) || start !== this.last) this.begin(start ?? number);
    this.last = number;
    const ends = [numbers.indexOf(this.anchor), numbers.indexOf(number)].sort((a, b) => a - b);
    selection.replace([...this.base, ...numbers.slice(ends[0], ends[1] + 1)]);
  }

  onClick(event) {
    const used = this.isClickUsed;
    this.isClickUsed = false;
    const box = event.target.closest(".tile-select");
    const number = Number(event.target.closest(".tile")?.dataset.number);
    const isPicture = event.target.closest(".tile-picture");
    const isWanted = event.ctrlKey || event.metaKey || event.shiftKey || selection.size > 0;
    const isPointer = event.detail > 0; // Enter opens the picture, whatever is selected
    if (used) event.preventDefault();
    else if (box || (isPicture && isWanted && isPointer)) {
      if (!box) event.preventDefault();
      if (event.shiftKey) this.extendTo(number);
      else this.toggle(number);
    } else return;
    event.stopPropagation();
  }

  onPointerDown(event) {
    this.isClickUsed = false;
    this.isTouch = event.pointerType === "touch";
    const tile = event.target.closest(".tile");
    if (!tile || !this.isTouch || !event.isPrimary) return;
    const held = new AbortController();
    const timer = setTimeout(() => {
      this.isClickUsed = true;
      this.toggle(Number(tile.dataset.number));
    }, LONG_PRESS_MS);
    held.signal.addEventListener("abort", () => clearTimeout(timer));
    const options = { signal: held.signal };
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => held.abort(), options);
    }
    addEventListener("pointermove", ({ clientX, clientY }) => {
      if (Math.hypot(clientX - event.clientX, clientY - event.clientY) > STILL) held.abort();
    }, options);
  }

  /** Keys that count wherever the focus is; those of single tiles are in wall-keys.js. */
  onKey(event) {
    const action = readKey(event);
    if (action === "select all") selection.replace(this.wall.numbers);
    else if (!selection.size) return;
    else if (action === "close") selection.clear();
    else if (isVerdict(action)) setSelectionVerdict(action);
    else return;
    event.preventDefault();
  }
}
