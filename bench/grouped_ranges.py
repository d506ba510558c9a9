"""Do the ranges of "Who is in this archive?" hold where pictures have variants?

    python bench/grouped_ranges.py

Archives are simulated: evidence from two normal distributions whose log-likelihood ratio it is.
Each picture is there once, or as 1 to 6 variants whose evidence differs a little. "Before" takes
variants for pictures of their own; "after" is what the program does.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from ml.scoring.prevalence import estimate_prevalence

GROUPS = 300
MOST = 6
"""Variants of a picture."""
NOISE = 0.3
"""Standard deviation of the evidence of variants around their picture's."""
DISTANCES = (2.0, 3.0, 5.0)
"""Between the two distributions, in standard deviations."""
PREVALENCES = (0.01, 0.05, 0.2, 0.5)
WHOSE = ("all", "positives", "none")
"""The pictures that have variants."""
PRIOR = 0.05


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--archives", type=int, default=200, help="of each kind (%(default)s)")
    args = parser.parse_args()
    print("| distance | positives | variants | true | before | covered | after | covered |")
    print("|" + " --- |" * 8)
    for distance in DISTANCES:
        for prevalence in PREVALENCES:
            for whose in WHOSE:
                print(describe(distance, prevalence, whose, args.archives), flush=True)
    return 0


def describe(distance: float, prevalence: float, whose: str, archives: int) -> str:
    """Return a line of the table."""
    random = np.random.default_rng(1)
    rows = []
    for _ in range(archives):
        is_target = random.random(GROUPS) < prevalence
        centres = np.where(is_target, 0.5, -0.5) * distance**2
        centres += distance * random.standard_normal(GROUPS)
        sizes = random.integers(1, MOST + 1, GROUPS)
        if whose != "all":
            sizes[~is_target if whose == "positives" else slice(None)] = 1
        evidence = np.repeat(centres, sizes) + NOISE * random.standard_normal(sizes.sum())
        truth = int(is_target @ sizes)
        row = [float(truth)]
        for groups in (None, np.repeat(sizes, sizes)):
            found = estimate_prevalence(
                evidence.astype(np.float32), prior=PRIOR, group_sizes=groups
            )
            count, low, high = (len(evidence) * n for n in (found.value, found.low, found.high))
            row += [count, low, high, round(low) <= truth <= round(high)]
        rows.append(row)
    true, *both = np.array(rows).mean(axis=0)
    cells = [
        f"{count:.0f} ({low:.0f} to {high:.0f}) | {covered:.0%}"
        for count, low, high, covered in (both[:4], both[4:])
    ]
    return f"| {distance:g} | {prevalence:.0%} | {whose} | {true:.0f} | {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
