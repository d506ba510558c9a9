// <zoom-pane>: one picture that can be enlarged and moved. Wheel and pinch enlarge, dragging moves.
// A swipe on a picture in its normal size dispatches "swipe" with the direction; every change of the
// view dispatches "zoom".
import { listenToPointers } from "./pane-pointers.js";

const LARGEST = 16;
const ENLARGED_SIDE = 640; // pixels up to which a small picture is enlarged
const MAX_ENLARGED = 4; // it must still be recognised as small

class ZoomPane extends HTMLElement {
  view = { scale: 1, x: 0, y: 0 }; // x and y in parts of the pane's size

  connectedCallback() {
    this.image = this.querySelector("img");
    this.image.draggable = false;
    this.image.addEventListener("load", () => this.fit());
    this.fit();
    this.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    this.addEventListener("dblclick", () => this.toggle());
    listenToPointers(this);
  }

  /** Show a picture: its thumbnail at once, and the picture itself as soon as it is decoded. */
  async show(url, thumbnail, name) {
    if (this.url === url) return;
    this.url = url;
    this.image.alt = name;
    this.setView({ scale: 1, x: 0, y: 0 });
    const picture = new Image();
    picture.src = url;
    if (!picture.complete) this.image.src = thumbnail;
    await picture.decode().catch(() => undefined);
    if (this.url === url) this.image.src = picture.naturalWidth ? url : thumbnail;
  }

  /** Small pictures are enlarged a little, large ones fill the pane. */
  fit() {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    const wanted = ENLARGED_SIDE / Math.max(width, height, 1);
    const scale = Math.max(1, Math.min(MAX_ENLARGED, wanted));
    this.style.setProperty("--max-width", `${width * scale}px`);
    this.style.setProperty("--ratio", String(width / height || 1));
  }

  get isEnlarged() {
    return this.view.scale > 1;
  }

  /** Between the whole picture and its full size. */
  toggle() {
    const shown = Math.min(
      this.clientWidth / this.image.naturalWidth,
      this.clientHeight / this.image.naturalHeight,
    );
    const scale = this.isEnlarged ? 1 : Math.min(LARGEST, Math.max(2, 1 / shown));
    this.change({ scale, x: 0, y: 0 });
  }

  onWheel(event) {
    event.preventDefault();
    this.zoomAt(event.clientX, event.clientY, Math.exp(-event.deltaY / 300));
  }

  /** Enlarge by a factor, and leave the point below the pointer where it is. */
  zoomAt(clientX, clientY, factor) {
    const box = this.getBoundingClientRect();
    const scale = Math.min(LARGEST, Math.max(1, this.view.scale * factor));
    const grown = scale / this.view.scale;
    const [left, top] = [
      (clientX - box.left) / box.width - 0.5,
      (clientY - box.top) / box.height - 0.5,
    ];
    const { x, y } = this.view;
    this.change({ scale, x: left - (left - x) * grown, y: top - (top - y) * grown });
  }

  move(deltaX, deltaY) {
    const { scale, x, y } = this.view;
    this.change({ scale, x: x + deltaX / this.clientWidth, y: y + deltaY / this.clientHeight });
  }

  change(view) {
    this.setView(view);
    this.dispatchEvent(new CustomEvent("zoom", { bubbles: true, detail: this.view }));
  }

  /** @param {{scale: number, x: number, y: number}} view */
  setView({ scale, x, y }) {
    const reach = (scale - 1) / 2; // the picture stays in the pane
    const bound = (value) => Math.max(-reach, Math.min(reach, value));
    this.view = { scale, x: bound(x), y: bound(y) };
    this.toggleAttribute("data-enlarged", scale > 1);
    const translation = `${100 * this.view.x}cqi, ${100 * this.view.y}cqb`;
    const transform = scale > 1 ? `translate(${translation}) scale(${scale})` : "none";
    this.style.setProperty("--transform", transform); // a map lies over the picture
  }
}

customElements.define("zoom-pane", ZoomPane);
