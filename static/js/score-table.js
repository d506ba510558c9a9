// The plot of the scores as a table, for those who do not see it.
import { formatCount } from "./format.js";
import { findPile } from "./score-bars.js";

const ROWS = 8;

/** @param bars as `countBars` returns them */
export function fillTable(table, { counts, expected, found, refused }) {
  const size = Math.ceil(counts.length / ROWS);
  [...table.tBodies[0].rows].forEach((row, number) => {
    const sums = { pictures: 0, target: 0, wrong: 0 };
    const end = Math.min(counts.length, (number + 1) * size);
    for (let bar = number * size; bar < end; bar += 1) {
      sums.pictures += counts[bar];
      sums.target += expected[bar];
      const pile = findPile(bar);
      if (pile === "kept") sums.wrong += counts[bar] - expected[bar] - refused[bar];
      if (pile === "rejected") sums.wrong += expected[bar] - found[bar];
    }
    Object.values(sums).forEach((sum, column) => {
      row.cells[column + 1].textContent = formatCount(Math.round(sum));
    });
  });
}
