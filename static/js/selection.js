// The pictures that are selected in the wall, by number. "selection" is dispatched on document when
// they change.

let chosen = new Set();

export const selection = {
  get size() {
    return chosen.size;
  },

  has(number) {
    return chosen.has(number);
  },

  /** @returns {number[]} rising */
  list() {
    return [...chosen].sort((a, b) => a - b);
  },

  /** Select these pictures and no others. */
  replace(numbers) {
    const next = new Set(numbers);
    if (next.size === chosen.size && [...next].every((number) => chosen.has(number))) return;
    chosen = next;
    document.dispatchEvent(new CustomEvent("selection"));
  },

  toggle(number) {
    const next = new Set(chosen);
    if (!next.delete(number)) next.add(number);
    this.replace(next);
  },

  clear() {
    this.replace([]);
  },
};

/**
 * [3, 4, 5, 9] -> "3-5 9", as the server reads numbers of pictures.
 * @param {number[]} numbers rising
 */
export function writeRanges(numbers) {
  const ranges = [];
  let first = numbers[0];
  numbers.forEach((number, i) => {
    if (numbers[i + 1] === number + 1) return;
    ranges.push(first === number ? `${number}` : `${first}-${number}`);
    first = numbers[i + 1];
  });
  return ranges.join(" ");
}
