// Which pictures the wall shows, and in which order.
import { getName } from "./picture-names.js";
import { countPiles } from "./pile-sums.js";
import { data } from "./result-data.js";
import { foldVariants } from "./wall-variants.js";

const MOST_FOLDERS = 200; // in the menu
const COMPARE = {
  likely: (a, b) => b - a, // the columns rise by evidence
  unlikely: (a, b) => a - b,
  size: (a, b) => data.size[b] - data.size[a] || a - b,
  archive: (a, b) => data.number[a] - data.number[b],
  name: (a, b) => compareTexts(splitPath(a).name, splitPath(b).name),
  folder: (a, b) => compareTexts(getName(data.number[a]), getName(data.number[b])),
};

/**
 * @param {{pile: string, show: string, sort: string, folder: string, name: string}} view `sort`
 *     "closest" begins at the border of the pile
 * @returns {number[]} indices into the columns
 */
export function listIndices({ pile, show, sort, folder, name }) {
  const wanted = name.toLowerCase();
  const indices = [];
  for (let index = 0; index < data.count; index += 1) {
    if (data.getPile(index) !== pile || !isShown(index, show)) continue;
    if (folder && splitPath(index).folder !== folder) continue;
    if (wanted && !getName(data.number[index]).toLowerCase().includes(wanted)) continue;
    indices.push(index);
  }
  if (sort !== "closest") indices.sort(COMPARE[sort]);
  else if (pile !== "kept") indices.reverse();
  return foldVariants(indices);
}

/** Numbers of a pile's pictures by what the chips show. */
export function countShown(pile) {
  const all = countPiles(data)[pile] ?? 0;
  let withVerdict = 0;
  for (const index of data.withVerdict) withVerdict += Number(data.getPile(index) === pile);
  return { review: all - withVerdict, verdict: withVerdict, all };
}

/** The folders of a pile with their numbers of pictures, the fullest ones, by name. */
export function listFolders(pile) {
  const folders = new Map();
  for (let index = 0; index < data.count; index += 1) {
    if (data.getPile(index) !== pile) continue;
    const { folder } = splitPath(index);
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  const fullest = [...folders].sort((a, b) => b[1] - a[1]).slice(0, MOST_FOLDERS);
  return fullest.sort(([a], [b]) => compareTexts(a, b));
}

function isShown(index, show) {
  if (show === "all") return true;
  return (show === "verdict") === (data.verdict[index] !== 0);
}

function splitPath(index) {
  const path = getName(data.number[index]);
  const end = path.lastIndexOf("/") + 1;
  return { folder: path.slice(0, end), name: path.slice(end) };
}

function compareTexts(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
