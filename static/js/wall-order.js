// Which pictures the wall shows, and in which order.
import { getFolder, getName } from "./picture-names.js";
import { countPiles } from "./pile-sums.js";
import { data } from "./result-data.js";
import { foldVariants } from "./wall-variants.js";

const MOST_FOLDERS = 200; // in the menu
const SORTS = {
  likely: (indices) => indices.reverse(), // the columns rise by evidence
  unlikely: () => undefined,
  size: (indices) => indices.sort((a, b) => data.size[b] - data.size[a] || a - b),
  archive: (indices) => indices.sort((a, b) => data.number[a] - data.number[b]),
  name: (indices) => sortByText(indices, cutFolder),
  folder: (indices) => sortByText(indices, getName),
};

/**
 * @param {{pile: string, show: string, sort: string, folder: string, name: string}} view `sort`
 *     "closest" begins at the border of the pile
 * @returns {Int32Array} indices into the columns
 */
export function listIndices({ pile, show, sort, folder, name }) {
  const wanted = name.toLowerCase();
  const all = new Int32Array(data.count);
  let count = 0;
  for (let index = 0; index < data.count; index += 1) {
    if (data.getPile(index) !== pile || !isShown(index, show)) continue;
    if (folder && getFolder(data.number[index]) !== folder) continue;
    if (wanted && !getName(data.number[index]).toLowerCase().includes(wanted)) continue;
    all[count] = index;
    count += 1;
  }
  const indices = all.subarray(0, count);
  if (sort !== "closest") SORTS[sort](indices);
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
    const folder = getFolder(data.number[index]);
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  const fullest = [...folders].sort((a, b) => b[1] - a[1]).slice(0, MOST_FOLDERS);
  return fullest.sort(([a], [b]) => compareTexts(a, b));
}

function isShown(index, show) {
  if (show === "all") return true;
  return (show === "verdict") === (data.verdict[index] !== 0);
}

/** Sort by a text of each picture, which is made once and not for each comparison. */
function sortByText(indices, getText) {
  const texts = []; // by index
  for (const index of indices) texts[index] = getText(data.number[index]);
  indices.sort((a, b) => compareTexts(texts[a], texts[b]));
}

function cutFolder(number) {
  return getName(number).slice(getFolder(number).length);
}

function compareTexts(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
