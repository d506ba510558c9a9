"""How right are the counts of "Who is in this archive?" in archives of held-out sources?

    python bench/presence_counts.py second.csv --negatives crawl.csv --sources docs/logs/sources.csv

Archives are drawn from one part of the sources: pictures of known characters, pictures of the
target, and pictures that show no character of the game. "Alone" estimates each character by
itself, as if the others were not there; "together" is what the program does.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from ml.cli.train import add_dataset_arguments
from ml.datasets.reader import LabelledPicture, read_manifests
from ml.datasets.splits import read_sources
from ml.scoring.many_heads import score_many_heads
from ml.scoring.other_targets import subtract_others
from ml.scoring.prevalence import estimate_prevalence
from ml.targets.catalog import PRETRAINED, list_targets
from ml.training.embed import embed

PARTS = ("validation", "test")
MIXTURES = ((110, 0), (110, 200), (30, 400))
"""Pictures of other characters of the game, and pictures of none."""
OF_TARGET = (0, 1, 5, 10)
SEVERAL = 3
"""So many true pictures or more make a character one of those that should be named."""


@dataclasses.dataclass
class Tally:
    """Estimates of one kind of archive: (truth, estimate, low, high) of each character."""

    target: list[tuple[float, ...]] = dataclasses.field(default_factory=list)
    others: list[tuple[float, ...]] = dataclasses.field(default_factory=list)


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_dataset_arguments(parser)
    parser.add_argument("--archives", type=int, default=20, help="of each kind (%(default)s)")
    args = parser.parse_args()
    dataset = read_manifests(
        args.dataset, args.target, negatives=args.negatives, groups=args.groups
    )
    part_of = read_sources(args.sources)
    pictures = [p for p in dataset.pictures if part_of.get(p.source) in PARTS]
    targets, _ = list_targets([PRETRAINED])
    embeddings = embed(targets[0].backbone_folder, dataset, pictures)
    scores = score_many_heads([target.head for target in targets], embeddings)
    evidence = np.stack(
        [t.card.calibration.compute_evidence(s) for t, s in zip(targets, scores, strict=True)]
    ).astype(np.float32)
    titles = [target.card.title for target in targets]
    priors = [target.card.prevalence for target in targets]
    print("| part | others | none | target | way | target: estimate | covered | true, covered |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for part in PARTS:
        pools = divide(pictures, [part_of[p.source] == part for p in pictures], titles)
        for others, none in MIXTURES:
            for shown in OF_TARGET:
                sizes = (others, none, shown)
                tallies = draw(evidence, priors, pictures, titles, pools, sizes, args.archives)
                for way, tally in tallies.items():
                    print(describe(part, sizes, way, tally), flush=True)
    return 0


def divide(
    pictures: list[LabelledPicture], is_part: list[bool], titles: list[str]
) -> tuple[NDArray[np.int64], ...]:
    """Return rows of a part: of other known characters, of none of the game, of the target."""
    kinds = (
        lambda p: not p.is_target and p.character in titles and not p.is_backdrop,
        lambda p: not p.is_target and p.game != "genshin",
        lambda p: p.is_target,
    )
    rows = [row for row, inside in enumerate(is_part) if inside]
    return tuple(np.array([row for row in rows if kind(pictures[row])]) for kind in kinds)


def draw(
    evidence: NDArray[np.float32],
    priors: list[float],
    pictures: list[LabelledPicture],
    titles: list[str],
    pools: tuple[NDArray[np.int64], ...],
    sizes: tuple[int, ...],
    archives: int,
) -> dict[str, Tally]:
    """Estimate archives with so many pictures of each pool, in both ways."""
    random = np.random.default_rng(0)
    tallies = {"alone": Tally(), "together": Tally()}
    for _ in range(archives):
        chosen = zip(pools, sizes, strict=True)
        rows = np.concatenate([random.choice(pool, n, replace=False) for pool, n in chosen])
        names = [pictures[row].character for row in rows]
        alone = evidence[:, rows]
        ways = {"alone": alone, "together": subtract_others(alone, priors)}
        for way, values in ways.items():
            for title, prior, own in zip(titles, priors, values, strict=True):
                found = estimate_prevalence(own, prior=prior)
                ends = (round(len(rows) * found.low), round(len(rows) * found.high))
                one = (names.count(title), len(rows) * found.value, *ends)
                is_target = title == pictures[pools[-1][0]].character
                (tallies[way].target if is_target else tallies[way].others).append(one)
    return tallies


def describe(part: str, sizes: tuple[int, ...], way: str, tally: Tally) -> str:
    """Return a line of the table."""
    target, others = np.array(tally.target), np.array(tally.others)
    several = others[others[:, 0] >= SEVERAL]
    rest = f"{several[:, 0].mean():.1f} as {several[:, 1].mean():.1f}" if len(several) else "-"
    covered = f"{measure_coverage(several):.0%}" if len(several) else "-"
    estimate = f"{target[:, 1].mean():.1f} ({target[:, 2].mean():.0f} to {target[:, 3].mean():.0f})"
    return (
        f"| {part} | {sizes[0]} | {sizes[1]} | {sizes[2]} | {way} | {estimate} | "
        f"{measure_coverage(target):.0%} | {rest}, {covered} |"
    )


def measure_coverage(table: NDArray[np.float64]) -> float:
    """Return how often the interval holds the truth, 0..1."""
    return float(((table[:, 2] <= table[:, 0]) & (table[:, 0] <= table[:, 3])).mean())


if __name__ == "__main__":
    raise SystemExit(main())
