// Justified rows: pictures of any shape side by side, each with its true aspect ratio.

const NARROWEST = 0.4; // ratio below which a picture is cut, so that it can be seen at all
const WIDEST = 3;

/**
 * @typedef {{first: number, top: number, height: number}} Row `first`: position of its first picture
 * @param {ArrayLike<number>} ratios width / height
 * @param {{width: number, height: number, gap: number, caption: number}} size of the wall, and the
 *     height that a row should have; `caption`: room below the pictures of a row
 * @returns {{rows: Row[], height: number}}
 */
export function layOut(ratios, { width, height, gap, caption }) {
  const rows = [];
  let [first, sum, top] = [0, 0, 0];
  const close = (end, rowHeight) => {
    rows.push({ first, top, height: rowHeight });
    top += rowHeight + caption + gap;
    [first, sum] = [end, 0];
  };
  const fit = (ratio, count) => (width - gap * (count - 1)) / ratio;
  for (let position = 0; position < ratios.length; position += 1) {
    const ratio = bound(ratios[position]);
    const count = position - first + 1;
    const full = fit(sum + ratio, count);
    if (full > height) {
      sum += ratio;
      continue;
    }
    const shorter = count > 1 ? fit(sum, count - 1) : Infinity;
    if (shorter / height < height / full) {
      close(position, shorter);
      sum = ratio;
    } else {
      close(position + 1, full);
    }
  }
  if (first < ratios.length) close(ratios.length, Math.min(height, fit(sum, ratios.length - first)));
  return { rows, height: Math.max(0, top - gap) };
}

/** Returns the row that holds an offset from the wall's top. */
export function findRow(rows, offset) {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows[middle].top <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Returns the row of the picture at a position. */
export function findRowOf(rows, position) {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows[middle].first <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The boxes of a row's pictures.
 * @returns {{position: number, left: number, top: number, width: number, height: number}[]}
 */
export function listBoxes(rows, number, ratios, gap) {
  const { first, top, height } = rows[number];
  const end = rows[number + 1]?.first ?? ratios.length;
  const boxes = [];
  let left = 0;
  for (let position = first; position < end; position += 1) {
    const width = bound(ratios[position]) * height;
    boxes.push({ position, left, top, width, height });
    left += width + gap;
  }
  return boxes;
}

function bound(ratio) {
  return Math.min(WIDEST, Math.max(NARROWEST, ratio));
}
