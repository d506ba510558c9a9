// One tile of the wall. The server renders the first ones, a template the others, and a tile that
// leaves the window shows another picture: to make a new one takes several times as long.
import { formatProbability } from "./format.js";
import { getName } from "./picture-names.js";
import { data } from "./result-data.js";
import { selection } from "./selection.js";
import { countVariants } from "./wall-variants.js";

const VERDICTS = { 1: "is", "-1": "is_not", 0: "" };
const NO_COLOUR = 0xffff; // of a picture that an older program scored
const parts = new WeakMap(); // the elements inside each tile, found once

/** Make a tile without a picture from the page's template. */
export function makeTile() {
  const template = document.getElementById("tile-template");
  const tile = template.content.firstElementChild.cloneNode(true);
  prepareTile(tile);
  return tile;
}

/** Take over a tile that the server rendered. Its link is for a page without script. */
export function adoptTile(tile) {
  prepareTile(tile);
  setLink(tile);
  const { image } = parts.get(tile);
  image.onload = () => tile.classList.add("tile-loaded");
  if (image.complete) image.onload();
}

/** Find the tile's parts. The wall is one stop of Tab, which wall-keys.js sets. */
function prepareTile(tile) {
  const find = (name) => tile.querySelector(`.tile-${name}`);
  const found = {
    link: find("picture"),
    image: tile.querySelector("img"),
    probability: find("probability"),
    name: find("name"),
    from: find("from"),
    note: find("note"),
    variants: find("variants"),
    select: find("select"),
    buttons: [...tile.querySelectorAll(".tile-button")],
  };
  for (const control of [found.link, found.select, ...found.buttons]) control.tabIndex = -1;
  for (const button of found.buttons) button.removeAttribute("formaction"); // wall-keys.js sends it
  parts.set(tile, found);
}

/** The link around a tile's picture. */
export function getLink(tile) {
  return parts.get(tile).link;
}

/** Give the tile to another picture. It stays empty until `fillTile` is called. */
export function emptyTile(tile, number) {
  const { image, note } = parts.get(tile);
  tile.id = `p${number}`;
  tile.dataset.number = String(number);
  tile.classList.remove("tile-loaded");
  image.removeAttribute("src");
  image.alt = "";
  note?.remove(); // only the server knows it
  updateColour(tile);
}

/** Show the picture's main colour where the picture is not loaded yet. */
export function updateColour(tile) {
  const colour = data.colour?.[data.indices.get(Number(tile.dataset.number))] ?? NO_COLOUR;
  const css = colour === NO_COLOUR ? "" : `#${colour.toString(16).padStart(3, "0")}`;
  getLink(tile).style.backgroundColor = css;
}

/** Show the tile's picture and what is known of it. Returns false if that was done already. */
export function fillTile(tile) {
  const { image, name, from, select } = parts.get(tile);
  const { number } = tile.dataset;
  if (image.hasAttribute("src")) return false;
  image.onload = () => tile.classList.add("tile-loaded");
  image.src = `${data.url}/thumbnails/${number}.jpg`;
  name.textContent = "";
  from.textContent = "";
  select.value = number;
  select.ariaLabel = `Select picture ${Number(number) + 1}`;
  setLink(tile);
  updateSelected(tile);
  updateTile(tile);
  updateName(tile);
  return true;
}

// A middle click opens the original in a tab. The wall opens review mode itself.
function setLink(tile) {
  getLink(tile).href = `${data.url}/pictures/${tile.dataset.number}`;
}

/** End a request that is still under way. */
export function stopLoading(tile) {
  if (!tile.classList.contains("tile-loaded")) parts.get(tile).image.removeAttribute("src");
}

/** Show a picture's pile, probability and verdict as they are now. */
export function updateTile(tile) {
  const index = data.indices?.get(Number(tile.dataset.number));
  if (index === undefined) return;
  const { probability, variants, from, buttons } = parts.get(tile);
  const verdict = VERDICTS[data.verdict[index]];
  tile.dataset.pile = data.getPile(index);
  tile.dataset.verdict = verdict;
  probability.textContent = formatProbability(data.getProbability(index));
  showVariants(variants, countVariants(data.number[index]));
  if (!data.earlier[index]) from.textContent = "";
  else if (!from.textContent) from.textContent = "from an earlier job";
  for (const button of buttons) {
    const isPressed = button.dataset.verdict === verdict;
    button.setAttribute("aria-pressed", String(isPressed));
    button.value = isPressed ? "none" : button.dataset.verdict; // a second click takes it back
  }
}

/** Show whether a picture is selected. */
export function updateSelected(tile) {
  const isSelected = selection.has(Number(tile.dataset.number));
  parts.get(tile).select.checked = isSelected;
  tile.toggleAttribute("data-selected", isSelected);
}

function showVariants(badge, count) {
  badge.textContent = count > 1 ? `×${count}` : "";
  badge.title = `${count} variants of one picture`;
}

/** Show a picture's name, once it is known. */
export function updateName(tile) {
  const name = getName(Number(tile.dataset.number));
  const { image, select, name: caption } = parts.get(tile);
  if (!name || image.alt === name) return;
  image.alt = name;
  select.ariaLabel = `Select ${name}`;
  caption.textContent = name.slice(name.lastIndexOf("/") + 1);
  caption.title = name;
}

/** Show a picture's pile at thresholds that move; grey it if it would leave the pile of the wall. */
export function markMoved(tile, pile) {
  const index = data.indices?.get(Number(tile.dataset.number));
  if (index !== undefined) tile.dataset.pile = data.getPile(index);
  tile.classList.toggle("tile-moved", tile.dataset.pile !== pile);
}
