// The lasso: dragging the mouse over the wall selects the pictures that its frame touches.
import { selection } from "./selection.js";
import { measureBar } from "./wall-view.js";

const DRAGGED = 6; // pixels after which it is no click
const EDGE = 48; // pixels at the window's top and bottom where the wall scrolls
const FASTEST = 28; // pixels a frame

/**
 * @param {import("./picture-wall.js").PictureWall} wall
 * @param {() => void} onDrag called when a drag begins: the click at its end selects nothing
 */
export function listenToLasso(wall, onDrag) {
  wall.addEventListener("dragstart", (event) => event.preventDefault()); // else a picture is dragged
  wall.addEventListener("pointerdown", (event) => {
    const isControl = event.target.closest("button, input");
    if (event.pointerType !== "mouse" || event.button !== 0 || isControl) return;
    new Lasso(wall, event, onDrag);
  });
}

class Lasso {
  frame = null; // the element; null until the mouse has moved far enough

  constructor(wall, event, onDrag) {
    this.wall = wall;
    this.onDrag = onDrag;
    this.start = this.pointer = event;
    this.startPlace = this.findPlace(event);
    this.before = selection.list();
    this.kept = event.ctrlKey || event.metaKey || event.shiftKey ? this.before : [];
    this.listening = new AbortController();
    const { signal } = this.listening;
    addEventListener("pointermove", (moved) => this.onMove(moved), { signal });
    addEventListener("pointerup", () => this.end(), { signal });
    addEventListener("pointercancel", () => this.end(), { signal });
    addEventListener("keydown", (key) => this.onKey(key), { signal, capture: true });
  }

  /** Where the pointer is in the wall, wherever the wall is scrolled to. */
  findPlace({ clientX, clientY }) {
    const box = this.wall.list.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  onMove(event) {
    this.pointer = event;
    const { clientX, clientY } = this.start;
    if (!this.frame) {
      if (Math.hypot(event.clientX - clientX, event.clientY - clientY) < DRAGGED) return;
      this.begin(event);
    }
    this.update();
  }

  begin(event) {
    this.onDrag();
    this.wall.setPointerCapture(event.pointerId); // the drag may leave the window
    this.frame = document.createElement("div");
    this.frame.className = "lasso";
    this.wall.list.after(this.frame);
    const step = () => {
      if (!this.frame) return;
      this.scroll();
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** Scroll while the pointer is at an edge of the window, faster the further it goes. */
  scroll() {
    const above = measureBar() + EDGE - this.pointer.clientY;
    const below = this.pointer.clientY - (innerHeight - EDGE);
    const distance = above > 0 ? -above : Math.max(0, below);
    if (distance === 0) return;
    scrollBy(0, Math.max(-FASTEST, Math.min(FASTEST, distance / 2)));
    this.update();
  }

  update() {
    const [a, b] = [this.startPlace, this.findPlace(this.pointer)];
    const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
    const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)];
    const { style } = this.frame;
    style.translate = `${left}px ${top}px`;
    style.inlineSize = `${right - left}px`;
    style.blockSize = `${bottom - top}px`;
    const touched = this.wall
      .listBoxesBetween(top, bottom)
      .filter((box) => box.left < right && box.left + box.width > left)
      .filter((box) => box.top < bottom && box.top + box.height > top);
    selection.replace([...this.kept, ...touched.map((box) => box.number)]);
  }

  onKey(event) {
    if (event.key !== "Escape" || !this.frame) return;
    event.preventDefault();
    event.stopPropagation();
    selection.replace(this.before);
    this.end();
  }

  end() {
    this.listening.abort();
    this.frame?.remove();
    this.frame = null;
  }
}
