"""Verdicts until 95 % of what was left behind is found, on simulated archives.

    python bench/review_queue.py [--scores SCORES.csv] [--archives 50]

Archives are those of `bench/mistakes.py`, cut at 0.95. "At the end": the review goes down from the
cut until `ml.scoring.review_queue` says that it may end; the end is computed again after every 5
verdicts. "Said at first": what it says before the first verdict. "Best": what a review in the same
order needs that knows where to end. "Closeness": what a review needs that takes the pictures
closest to the cut first, on both sides, and knows where to end. Medians over the archives, and the
mean of the recalls. Archives in which nothing was left behind are not counted.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.mistakes import PRIOR, Draw, draw_archive, parse_arguments
from ml.scoring.archive_curve import fit_curves
from ml.scoring.review_queue import RECALL, count_worth_a_look

VERDICTS = 5  # given before the end is computed again


class Review(NamedTuple):
    """Numbers of verdicts, and the part of the misses that was found at the end."""

    said_at_first: int
    at_end: int
    recall: float
    best: int
    closeness: int


def main() -> int:
    """Print a row for each kind of archive as a table in Markdown."""
    draw, archives = parse_arguments(__doc__, archives=50)
    print("| archives | positives | said at first | at the end | recall | best | closeness |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for unlike in (False, True):
        for prevalence in (0.01, 0.1, 0.5):
            tries = (review(draw, prevalence, unlike, seed) for seed in range(archives))
            reviews = np.array([done for done in tries if done is not None])
            said, end, _, best, closeness = np.median(reviews, axis=0)
            recall = 100 * reviews[:, 2].mean()
            kind = "unlike" if unlike else "like"
            cells = f"{said:.0f} | {end:.0f} | {recall:.0f} % | {best:.0f} | {closeness:.0f}"
            print(f"| {kind} | {prevalence:.0%} | {cells} |", flush=True)
    return 0


def review(draw: Draw, prevalence: float, unlike: bool, seed: int) -> Review | None:
    """Review one archive to its end; None if nothing was left behind."""
    evidence, labels, thresholds = draw_archive(draw, prevalence, spread=float(unlike), seed=seed)
    cut = thresholds[-1]
    falling = np.argsort(-evidence)
    below = falling[evidence[falling] < cut]
    if not labels[below].any():
        return None
    ends = [count_left(evidence, labels, below, 0)]
    looked = 0
    while ends[-1]:
        looked += min(ends[-1], VERDICTS)
        ends.append(count_left(evidence, labels, below, looked))
    closest = np.argsort(np.abs(evidence - cut))
    return Review(
        said_at_first=ends[0],
        at_end=looked,
        recall=labels[below[:looked]].sum() / labels[below].sum(),
        best=count_until_found(labels[below]),
        closeness=count_until_found(labels[closest] & (evidence[closest] < cut)),
    )


def count_left(
    evidence: NDArray[np.float32], labels: NDArray[np.bool_], below: NDArray[np.intp], looked: int
) -> int:
    """Return how many pictures are still to be looked at after `looked` right verdicts."""
    seen = below[:looked]
    curves = fit_curves(
        np.delete(evidence, seen),
        prior=PRIOR,
        verdict_evidence=evidence[seen],
        answers=labels[seen],
    )
    return count_worth_a_look(
        evidence[below[looked:]], curves, verdict_evidence=evidence[seen], answers=labels[seen]
    )


def count_until_found(is_found: NDArray[np.bool_]) -> int:
    """Return after how many pictures of an order 95 % of the misses are found."""
    found = np.cumsum(is_found)
    return int(np.searchsorted(found, RECALL * found[-1])) + 1


if __name__ == "__main__":
    raise SystemExit(main())
