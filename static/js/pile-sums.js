// Sums over each pile of a result. They come from two searches, so they are quick enough for a moving
// handle.

/** Pictures by pile. */
export function countPiles(data) {
  return sumPiles(
    data,
    (end) => end,
    () => 1,
  );
}

/** Bytes by pile. */
export function measurePiles(data) {
  return sumPiles(
    data,
    (end) => data.bytesBefore[end],
    (index) => data.size[index],
  );
}

/**
 * @param {(end: number) => number} sumBefore of all pictures before an index
 * @param {(index: number) => number} weigh one picture
 */
function sumPiles(data, sumBefore, weigh) {
  const [unsure, kept] = [data.findFirst(data.unsureFrom), data.findFirst(data.keptFrom)];
  const sums = {
    kept: sumBefore(data.count) - sumBefore(kept),
    unsure: sumBefore(kept) - sumBefore(unsure),
    rejected: sumBefore(unsure),
  };
  for (const index of data.withVerdict) {
    if (index >= kept) sums.kept -= weigh(index);
    else if (index >= unsure) sums.unsure -= weigh(index);
    else sums.rejected -= weigh(index);
    sums[data.verdict[index] > 0 ? "kept" : "rejected"] += weigh(index);
  }
  return sums;
}
