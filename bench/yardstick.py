"""The yardstick: targets on sources that no training saw, as tables in Markdown.

    python bench/yardstick.py manifest.csv second.csv --negatives crawl.csv --groups same_art.csv \
        --sources sources.csv --part validation --row "version 4=ml/pretrained/mona" \
        [--row "NAME=FOLDER" …]

Negatives are all pictures of the part's sources that do not show the target. Positives are those
whose artwork has no picture in another source of the list, so no row's network saw the artwork,
whatever it was trained on. `--all-positives` adds the part's other positives: their artworks were
trained on in other files, so these figures are too good.

`--scores FILE` writes label and evidence of each picture by the last row's target, for
`bench/mistakes.py` and `bench/review_queue.py`. `--write` puts the figures on the rows' cards, for
the Characters page.

`sources.csv` (source, part) comes from `bench/divide_sources.py`. Nothing may be tuned on the part
`test`.
"""

import argparse
import csv
import dataclasses
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from ml.cli.train import add_dataset_arguments
from ml.datasets.reader import Dataset, LabelledPicture, read_manifests
from ml.datasets.splits import PARTS, read_sources
from ml.evaluation.metrics import compute_reliability
from ml.evaluation.yardstick import (
    PREVALENCE,
    HeldOutPictures,
    Reading,
    make_figures,
    measure,
    repeat_positives,
)
from ml.scoring.head import compute_evidence
from ml.scoring.prevalence import estimate_prevalence
from ml.targets.catalog import Target, load_target
from ml.training.embed import embed
from ml.training.write_target import recommend_thresholds
from ml.vision.card import write_card

_EDGES = (0.0, 0.05, 0.5, 0.95, 1.0)


def main() -> int:
    """Measure every row; print tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_dataset_arguments(parser)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--row", metavar="NAME=FOLDER", action="append", required=True)
    parser.add_argument("--all-positives", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the figures on the rows' cards")
    parser.add_argument("--scores", metavar="FILE", type=Path, help="a .csv of the last row")
    args = parser.parse_args()
    dataset = read_manifests(
        args.dataset, args.target, negatives=args.negatives, groups=args.groups
    )
    pictures = choose_pictures(
        dataset, read_sources(args.sources), args.part, all_positives=args.all_positives
    )
    print(describe(pictures, args.part))
    columns, bins = {}, {}
    for row in args.row:
        name, _, folder = row.partition("=")
        target = load_target(Path(folder))
        scored = score(dataset, pictures, target)
        columns[name] = measure(scored)
        if args.scores:
            write_scores(args.scores, scored)
        if args.write:
            write_figures(target, scored, columns[name])
        bins[name] = compute_reliability(scored.labels, scored.probabilities, _EDGES)
        print_errors(name, pictures, scored)
    print("\n" + "\n".join(format_table(columns)))
    print("\n| row | predicted | pictures | predicted on average | observed |")
    print("| --- | --- | --- | --- | --- |")
    for name, rows in bins.items():
        for b in rows:
            rates = f"{b.mean_probability:.3f} | {b.observed:.3f}"
            print(f"| {name} | {b.low:g} to {b.high:g} | {b.count} | {rates} |")
    return 0


def choose_pictures(
    dataset: Dataset, part_of: dict[str, str], part: str, *, all_positives: bool
) -> list[LabelledPicture]:
    """Return the part's negatives, and its positives with artworks of no other source."""
    elsewhere = {p.artwork for p in dataset.pictures if part_of.get(p.source) != part}
    return [
        p
        for p in dataset.pictures
        if part_of.get(p.source) == part
        and (not p.is_target or all_positives or p.artwork not in elsewhere)
    ]


def score(dataset: Dataset, pictures: list[LabelledPicture], target: Target) -> HeldOutPictures:
    """Score the pictures as the sieve does an archive of them with 2 % positives."""
    labels = np.array([p.is_target for p in pictures])
    embeddings = embed(target.backbone_folder, dataset, pictures)
    evidence = compute_evidence(target.head, target.card.calibration, embeddings)
    archive = evidence[repeat_positives(labels)]
    prevalence = estimate_prevalence(archive, prior=target.card.prevalence).value
    odds = np.exp(evidence.astype(np.float64)) * prevalence / (1 - prevalence)
    return HeldOutPictures(
        labels=labels,
        evidence=evidence.astype(np.float64),
        probabilities=odds / (1 + odds),
        artworks=np.array([p.artwork for p in pictures]),
        sources=np.array([p.source for p in pictures]),
    )


def write_scores(file: Path, scored: HeldOutPictures) -> None:
    """Write a table with the columns `label`, 0 or 1, and `evidence`."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(("label", "evidence"))
        table.writerows(zip(scored.labels.astype(int), scored.evidence.round(4), strict=True))


def write_figures(target: Target, scored: HeldOutPictures, readings: list[Reading]) -> None:
    """Replace the card's figures, and the border of the unsure pile.

    That is where F1 is best among 2 % positives, but at least 0.5: in an archive with many pictures
    of the target, lower ones would be a third of all others.
    """
    rows = repeat_positives(scored.labels)
    thresholds = recommend_thresholds(scored.labels[rows], scored.probabilities[rows])
    card = dataclasses.replace(
        target.card,
        figures=make_figures(scored, readings),
        thresholds={"unsure": max(0.5, thresholds["best_f1"])},
    )
    write_card(target.folder, card)


def describe(pictures: list[LabelledPicture], part: str) -> str:
    """Return one sentence about the pictures."""
    positives = [p for p in pictures if p.is_target]
    return (
        f"Part {part}: {len(pictures):,} pictures of {len({p.source for p in pictures})} sources, "
        f"{len(positives)} positives of {len({p.artwork for p in positives})} artworks, weighted "
        f"to {PREVALENCE:.0%}."
    )


def print_errors(name: str, pictures: list[LabelledPicture], scored: HeldOutPictures) -> None:
    """Print the positives and the ten highest negatives with their probabilities."""
    print(f"\n{name}\n")
    for row in np.flatnonzero(scored.labels):
        print(f"- positive {scored.probabilities[row]:.3f} {pictures[row].path}")
    negatives = np.flatnonzero(~scored.labels)
    for row in negatives[np.argsort(-scored.evidence[negatives])[:10]]:
        print(f"- negative {scored.probabilities[row]:.3f} {pictures[row].path}")


def format_table(columns: dict[str, list[Reading]]) -> list[str]:
    """Return the figures as a table with one column a row of the command."""
    names = list(columns)
    lines = ["| | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for readings in zip(*columns.values(), strict=True):
        cells = (f"{r.value:.3f} ({r.low:.3f} to {r.high:.3f})" for r in readings)
        lines.append(f"| {readings[0].name} | " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
