// <picture-viewer>: one picture in full, in a <dialog>. Arrows move, P and X judge and go on, U
// undoes, Escape or Back closes.
import { enterOverlay, leaveOverlay, onBack } from "./history.js";
import { readVerdictKey, setVerdict } from "./verdicts.js";

const ACTIONS = { ArrowRight: "next", ArrowLeft: "previous" };
const MAX_SCALE = 4; // a small picture is enlarged, but still recognisable as small
const ENLARGED_SIDE = 640; // pixels of the long side up to which a picture is enlarged

class PictureViewer extends HTMLElement {
  tile = null;

  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.image = this.querySelector("figure img");
    this.dialog.addEventListener("keydown", (event) => {
      this.act(readVerdictKey(event) ?? ACTIONS[event.key]);
    });
    this.dialog.addEventListener("click", (event) => {
      this.act(event.target.closest("[data-action]")?.dataset.action);
    });
    this.dialog.addEventListener("close", () => this.onClose());
    onBack(() => this.dialog.close());
    document.addEventListener("click", (event) => this.onPageClick(event));
    document.addEventListener("verdict", () => this.dialog.open && this.show(this.tile));
  }

  onPageClick(event) {
    const link = event.target.closest(".tile-picture");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.show(link.closest(".tile"));
    this.dialog.showModal();
    enterOverlay(() => this.dialog.open);
  }

  /** @param {string | undefined} action close, next, previous, or a verdict */
  act(action) {
    if (action === "close") this.dialog.close();
    else if (action === "next") this.go(1);
    else if (action === "previous") this.go(-1);
    else if (action === "undo" || action === "redo") return; // <verdict-history> hears them too
    else if (action) this.judge(action);
  }

  judge(verdict) {
    setVerdict(this.tile.dataset.number, verdict);
    if (verdict !== "none") this.go(1);
  }

  go(step) {
    const wall = document.querySelector("picture-wall");
    const position = wall.numbers.indexOf(Number(this.tile.dataset.number)) + step;
    if (wall.numbers[position] !== undefined) this.show(wall.reveal(position));
  }

  show(tile) {
    this.tile = tile;
    const link = tile.querySelector(".tile-picture");
    const probability = tile.querySelector(".tile-probability").textContent;
    this.querySelector("[data-field=name]").replaceChildren(
      tile.querySelector(".tile-name").cloneNode(true),
    );
    this.querySelector("[data-field=probability]").textContent = probability;
    for (const verdict of ["is", "is_not"]) {
      const isPressed = tile.dataset.verdict === verdict;
      this.findButton(verdict).setAttribute("aria-pressed", String(isPressed));
    }
    this.findButton("none").disabled = !tile.dataset.verdict;
    showPicture(this.image, link.querySelector("img"), link.href);
  }

  findButton(action) {
    return this.querySelector(`[data-action=${action}]`);
  }

  onClose() {
    leaveOverlay();
    const link = this.tile.querySelector(".tile-picture");
    link.focus({ preventScroll: true });
    link.scrollIntoView({ block: "nearest" });
  }
}

/** Show the thumbnail at once, in the picture's own size, and the picture once it is decoded. */
async function showPicture(image, thumbnail, url) {
  if (image.dataset.url === url) return;
  image.dataset.url = url;
  setSize(image, thumbnail);
  image.alt = thumbnail.alt;
  image.src = thumbnail.src;
  const picture = new Image();
  picture.src = url;
  await picture.decode().catch(() => undefined); // if that fails, the thumbnail stays
  if (picture.naturalWidth && image.dataset.url === url) image.src = url;
}

/** Tell the style sheet the picture's shape and its largest width. */
function setSize(image, thumbnail) {
  const width = Number(thumbnail.getAttribute("width")) || thumbnail.naturalWidth;
  const height = Number(thumbnail.getAttribute("height")) || thumbnail.naturalHeight;
  const wanted = ENLARGED_SIDE / Math.max(width, height, 1);
  const scale = Math.max(1, Math.min(MAX_SCALE, wanted));
  image.style.setProperty("--ratio", String(width / height || 1));
  image.style.setProperty("--max-width", `${width * scale}px`);
}

customElements.define("picture-viewer", PictureViewer);
