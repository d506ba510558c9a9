"""How often the stated numbers of mistakes cover the truth, on simulated archives.

    python bench/mistakes.py [--scores SCORES.csv] [--archives 200]

Archives of 2,000 pictures have 1, 10 or 50 % positives. Evidence is drawn from held-out pictures
(`--scores`: a table with the columns `label`, 0 or 1, and `evidence`, which
`bench/yardstick.py --scores` writes), or, without a file, from two
normal distributions whose log-likelihood ratio it is. "Unlike": each archive stretches and shifts
its evidence, as an archive of other pictures than the calibration's does. "Said to be unlike":
twice as far, in archives of which `ml.scoring.unlikeness` tells it. Verdicts are given on the 60
pictures nearest the highest threshold. "Truth" and "width" of the ranges are medians over archives
and thresholds, in pictures.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from ml.scoring.archive_curve import fit_curves
from ml.scoring.mistakes import Estimates, estimate_mistakes
from ml.scoring.piles import compute_evidence_at
from ml.scoring.prevalence import estimate_prevalence

PICTURES = 2_000
PRIOR = 0.02
CONFIDENCES = (0.5, 0.8, 0.95)
KINDS = {"like": 0.0, "unlike": 1.0, "said to be unlike": 2.0}
"""How far archives of each kind differ from the calibration."""
SEPARATION = 3.5  # of the two normal distributions, in standard deviations

Draw = Callable[[np.random.Generator, int, bool], NDArray[np.float64]]
Outcome = tuple[Estimates, NDArray[np.int64]]
"""Estimates at each threshold, and the true numbers."""


def main() -> int:
    """Print the coverage of each kind of archive as a table in Markdown."""
    draw, archives = parse_arguments(__doc__, archives=200)
    sides = "wrong | width | covered | left behind | width | covered"
    print(f"| archives | positives | verdicts | {sides} |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for kind, spread in KINDS.items():
        for prevalence in (0.01, 0.1, 0.5):
            for verdicts in (0, 60):
                runs = [
                    simulate(draw, prevalence, verdicts, spread=spread, seed=seed)
                    for seed in range(archives)
                ]
                cells = " | ".join(describe(outcomes) for outcomes in zip(*runs, strict=True))
                print(f"| {kind} | {prevalence:.0%} | {verdicts} | {cells} |", flush=True)
    return 0


def parse_arguments(doc: str, *, archives: int) -> tuple[Draw, int]:
    """Return how evidence is drawn, and the number of archives; `archives` if none is given."""
    parser = argparse.ArgumentParser(description=doc.split("\n")[0])
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--archives", type=int, default=archives)
    args = parser.parse_args()
    return read_scores(args.scores) if args.scores else draw_normal, args.archives


def draw_normal(random: np.random.Generator, pictures: int, positive: bool) -> NDArray[np.float64]:
    """Draw evidence from two normal distributions, of which it is the log-likelihood ratio."""
    centre = SEPARATION**2 / 2
    return random.normal(centre if positive else -centre, SEPARATION, pictures)


def read_scores(path: Path) -> Draw:
    """Return a function that draws from a file's held-out evidence, with replacement."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(row["label"] == "1", float(row["evidence"])) for row in csv.DictReader(file)]
    of = {label: np.array([value for is_it, value in rows if is_it == label]) for label in (0, 1)}

    def draw(random: np.random.Generator, pictures: int, positive: bool) -> NDArray[np.float64]:
        return random.choice(of[positive], pictures)

    return draw


def draw_archive(
    draw: Draw, prevalence: float, *, spread: float, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float64]]:
    """Return evidence and labels of an archive, and `CONFIDENCES` as thresholds of evidence."""
    random = np.random.default_rng(seed)
    labels = random.random(PICTURES) < prevalence
    exact = np.where(labels, draw(random, PICTURES, True), draw(random, PICTURES, False))
    if spread:
        stretch = np.exp(0.3 * spread * random.standard_normal())
        exact = exact * stretch + spread * random.standard_normal()
    evidence = exact.astype(np.float32)
    estimate = estimate_prevalence(evidence, prior=PRIOR).value
    return evidence, labels, np.array([compute_evidence_at(c, estimate) for c in CONFIDENCES])


def simulate(
    draw: Draw, prevalence: float, verdicts: int, *, spread: float, seed: int
) -> tuple[Outcome, Outcome]:
    """Return what was wrong and what was left behind at each threshold, beside the estimates."""
    evidence, labels, thresholds = draw_archive(draw, prevalence, spread=spread, seed=seed)
    nearest = np.argsort(np.abs(evidence - thresholds[-1]))
    verdict_evidence, rest = nearest[:verdicts], nearest[verdicts:]
    curves = fit_curves(
        evidence[rest],
        prior=PRIOR,
        verdict_evidence=evidence[verdict_evidence],
        answers=labels[verdict_evidence],
        is_unlike=spread > 1,
    )
    mistakes = estimate_mistakes(evidence[rest], thresholds, curves)
    kept = evidence[rest][:, None] >= thresholds
    wrong = (kept & ~labels[rest][:, None]).sum(axis=0)
    left = (~kept & labels[rest][:, None]).sum(axis=0)
    return (mistakes.wrong, wrong), (mistakes.left_behind, left)


def describe(outcomes: Sequence[Outcome]) -> str:
    """Return the median truth and width, and how often the range held the truth, as cells."""
    truth = np.concatenate([truth for _, truth in outcomes])
    low = np.concatenate([estimates.low for estimates, _ in outcomes])
    high = np.concatenate([estimates.high for estimates, _ in outcomes])
    covered = ((low <= truth) & (truth <= high)).mean()
    return f"{np.median(truth):.0f} | {np.median(high - low):.0f} | {100 * covered:.0f} %"


if __name__ == "__main__":
    raise SystemExit(main())
