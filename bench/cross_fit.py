"""Compare a target learnt with `bench/source_folds.py` to others, on sources that neither saw.

    python bench/cross_fit.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups groups.csv --sources docs/logs/sources-7.csv \
        --work WORK --row "version 6=ml/pretrained/mona" [--write OUT/mona]

WORK is where `bench/fine_tune.py` trained. Each fold's pictures are scored by the network that did
not see their sources; the rows' networks saw none of the folds. All are calibrated alike: each fold
on the other one. Figures are the yardstick's, at 2 % positives, and those of the game's other
characters. `--all-positives` adds the target's pictures whose artworks were trained on in other
files, so these figures are too good. `--write` puts the yardstick's figures on a target's card.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.characters import format_row
from bench.divided import add_arguments, read_pictures
from bench.fine_tune import read_split, score_others
from bench.fold_networks import embed_held_out, score_folds, score_target
from bench.source_folds import SourceFolds, read_source_folds
from bench.yardstick import format_table, print_errors, write_figures
from ml.datasets.reader import LabelledPicture, read_manifests
from ml.datasets.splits import list_classes
from ml.evaluation.yardstick import HeldOutPictures, measure, repeat_positives
from ml.scoring.calibration import cross_calibrate
from ml.scoring.prevalence import estimate_prevalence
from ml.targets.catalog import load_target
from ml.training.characters import Scored, pool
from ml.training.split import Split
from ml.training.weights import Start
from ml.training.write_target import HeldOut


def main() -> int:
    """Score every row; print tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--row", metavar="NAME=FOLDER", action="append", default=[])
    parser.add_argument("--name", default="in folds", help="of the networks in WORK (%(default)s)")
    parser.add_argument("--all-positives", action="store_true")
    parser.add_argument("--write", metavar="FOLDER", type=Path)
    args = parser.parse_args()
    split = read_split(args, Start())
    folds = read_source_folds(args.sources, read_pictures(args)[1])
    known = list_classes(read_manifests([args.manifest], "mona").pictures)
    rows = {}
    for row in args.row:
        name, _, folder = row.partition("=")
        rows[name] = score_row(split, folds, Path(folder), all_positives=args.all_positives)
    rows[args.name] = score_folds(split, folds, all_positives=args.all_positives)
    readings = {}
    for name, (held_out, parts) in rows.items():
        pictures = [p for part in parts for p in part.pictures]
        figures = weigh(pictures, held_out)
        readings[name] = measure(figures)
        print_errors(name, pictures, figures)
    print("\n" + "\n".join(format_table(readings)) + "\n")
    if args.write:
        write_figures(load_target(args.write), figures, readings[args.name])
    print("| other characters | average precision | difference | recall at 0.95 | precision |")
    print("| --- | --- | --- | --- | --- |")
    others = {n: pool(score_others(split, known, parts).values()) for n, (_, parts) in rows.items()}
    first = next(iter(others.values()))
    for name, held_out in others.items():
        print(format_row(name, held_out, first), flush=True)
    return 0


def score_row(
    split: Split, folds: SourceFolds, folder: Path, *, all_positives: bool
) -> tuple[HeldOut, list[Scored]]:
    """Score the same pictures with one target, which saw none of the folds."""
    target = load_target(folder.absolute())
    parts = []
    for fold in folds.numbers:
        pictures = folds.select_held_out(split, fold, all_positives=all_positives)
        parts.append(embed_held_out(split, pictures, fold, target.backbone_folder))
    return pool(score_target(part, target.head) for part in parts), parts


def weigh(pictures: Sequence[LabelledPicture], held_out: HeldOut) -> HeldOutPictures:
    """Calibrate each fold on the other one, at the prevalence that an archive of 2 % is given."""
    evidence = cross_calibrate(held_out.scores, held_out.labels, held_out.folds)
    archive = evidence[repeat_positives(held_out.labels)].astype(np.float32)
    prevalence = estimate_prevalence(archive, prior=float(held_out.labels.mean())).value
    odds = np.exp(evidence) * prevalence / (1 - prevalence)
    return HeldOutPictures(
        labels=held_out.labels,
        evidence=evidence,
        probabilities=odds / (1 + odds),
        artworks=held_out.artworks,
        sources=np.array([p.source for p in pictures]),
    )


if __name__ == "__main__":
    sys.exit(main())
