// One tile of the wall: the server renders the first ones, and a template for all others.
import { formatProbability } from "./format.js";
import { getName } from "./picture-names.js";
import { data } from "./result-data.js";
import { selection } from "./selection.js";
import { countVariants } from "./wall-variants.js";

const VERDICTS = { 1: "is", "-1": "is_not", 0: "" };

/** Make the tile of a picture from the page's template. */
export function makeTile(number) {
  const template = document.getElementById("tile-template");
  const tile = template.content.firstElementChild.cloneNode(true);
  tile.id = `p${number}`;
  tile.dataset.number = String(number);
  tile.querySelector(".tile-select").value = String(number);
  adoptLink(tile);
  updateSelected(tile);
  for (const button of tile.querySelectorAll(".tile-button")) {
    button.formAction = `${data.url}/pictures/${number}/verdict`;
  }
  updateTile(tile);
  updateName(tile);
  return tile;
}

/**
 * Let the tile's link lead to the original, so that a middle click opens that in a tab. The wall opens
 * review mode itself.
 */
export function adoptLink(tile) {
  tile.querySelector(".tile-picture").href = `${data.url}/pictures/${tile.dataset.number}`;
}

/** Fetch the tile's picture, unless it is there already. */
export function loadPicture(tile) {
  const image = tile.querySelector("img");
  if (image.hasAttribute("src")) return;
  image.onload = () => tile.classList.add("tile-loaded");
  image.src = `${data.url}/thumbnails/${tile.dataset.number}.jpg`;
}

/** Show a picture's pile, probability and verdict as they are now. */
export function updateTile(tile) {
  const index = data.indices?.get(Number(tile.dataset.number));
  if (index === undefined) return;
  const verdict = VERDICTS[data.verdict[index]];
  tile.dataset.pile = data.getPile(index);
  tile.dataset.verdict = verdict;
  tile.querySelector(".tile-probability").textContent = formatProbability(data.getProbability(index));
  const variants = countVariants(data.number[index]);
  tile.querySelector(".tile-variants").textContent = variants > 1 ? `${variants} variants` : "";
  const source = tile.querySelector(".tile-from");
  if (!data.earlier[index]) source.textContent = "";
  else if (!source.textContent) source.textContent = "from an earlier job";
  for (const button of tile.querySelectorAll(".tile-button")) {
    const isPressed = button.dataset.verdict === verdict;
    button.setAttribute("aria-pressed", String(isPressed));
    button.value = isPressed ? "none" : button.dataset.verdict; // a second click takes it back
  }
}

/** Show whether a picture is selected. */
export function updateSelected(tile) {
  const isSelected = selection.has(Number(tile.dataset.number));
  tile.querySelector(".tile-select").checked = isSelected;
  tile.toggleAttribute("data-selected", isSelected);
}

/** Show a picture's name, once it is known. */
export function updateName(tile) {
  const name = getName(Number(tile.dataset.number));
  const image = tile.querySelector("img");
  if (!name || image.alt === name) return;
  image.alt = name;
  tile.querySelector(".tile-select").ariaLabel = `Select ${name}`;
  const caption = tile.querySelector(".tile-name");
  caption.textContent = name.slice(name.lastIndexOf("/") + 1);
  caption.title = name;
}

/** Grey a tile that no longer belongs to the pile that is shown. */
export function markMoved(tile, pile) {
  tile.classList.toggle("tile-moved", tile.dataset.pile !== pile);
}
