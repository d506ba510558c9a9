// Variants of one picture as one tile, if the user wishes. The tile of a group is that of its first
// picture in the wall's order; a verdict on it counts for all of them.
import { data } from "./result-data.js";
import { setVerdict, setVerdicts } from "./verdicts.js";

let folded = new Map(); // the numbers behind a tile, by the number of the tile

/** Leave out all but the first of each group, if the user wishes.
 * @param {Int32Array} indices into the columns
 */
export function foldVariants(indices) {
  folded = new Map();
  if (!document.documentElement.hasAttribute("data-variants")) return indices;
  const groups = new Map();
  return indices.filter((index) => {
    const [number, group] = [data.number[index], data.variant_of[index]];
    if (group < 0) return true;
    if (groups.has(group)) {
      groups.get(group).push(number);
      return false;
    }
    groups.set(group, [number]);
    folded.set(number, groups.get(group));
    return true;
  });
}

/** How many pictures a tile stands for. */
export function countVariants(number) {
  return folded.get(number)?.length ?? 1;
}

/** The numbers of all pictures that these tiles stand for. */
export function unfold(numbers) {
  return numbers.flatMap((number) => folded.get(number) ?? [number]);
}

/** Set the verdict on all pictures that a tile stands for. */
export function setVerdictOfTile(number, verdict) {
  const numbers = unfold([Number(number)]);
  return numbers.length > 1 ? setVerdicts(numbers, verdict) : setVerdict(number, verdict);
}
