"""From which distance on an archive is unlike the pictures that heads were calibrated on.

    python bench/unlike.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups groups.csv --sources docs/logs/sources-7.csv \
        --target ml/pretrained/mona --work WORK [--write]

WORK is where `bench/fine_tune.py` trained. Each source of a fold is an archive, and the fold's
network, which did not see it, embeds it and the bank without the fold. The limit is the 95th
percentile of the archives' mean distances; `--write` puts it on the backbone's card. Then, for
archives that are farther and for the rest: how often a picture that does not show the target has
evidence above 0.
"""

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.divided import add_arguments, read_pictures
from bench.fine_tune import read_split
from bench.source_folds import SourceFolds, read_source_folds
from ml.scoring.calibration import Calibration
from ml.scoring.head import compute_evidence, load_head
from ml.scoring.unlikeness import LEAST_PICTURES, measure_distances
from ml.targets.catalog import load_target
from ml.training.cross_validation import name_fold_folder
from ml.training.embed import embed
from ml.training.split import Split
from ml.training.weights import Start
from ml.vision.card import write_card

PERCENTILE = 95


class Archive(NamedTuple):
    """One source: how far its pictures are, and how many of them have evidence above 0."""

    source: str
    distance: float  # mean
    pictures: int
    wrong: int


def main() -> int:
    """Print the limit, and what it tells apart."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--target", metavar="FOLDER", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="put the limit on the card")
    args = parser.parse_args()
    split = read_split(args, Start())
    folds = read_source_folds(args.sources, read_pictures(args)[1])
    target = load_target(args.target.absolute())
    archives = [
        archive
        for fold in folds.numbers
        for archive in measure_fold(split, folds, fold, target.card.calibration)
    ]
    limit = float(np.percentile([archive.distance for archive in archives], PERCENTILE))
    print(f"unlike from a mean distance of {limit:.3f}")
    for archive in sorted(archives, key=lambda archive: archive.distance):
        print(f"{archive.distance:.3f} {archive.source}: {archive.pictures} pictures")
    print_part("beyond", [archive for archive in archives if archive.distance > limit])
    print_part("within", [archive for archive in archives if archive.distance <= limit])
    if args.write:
        card = dataclasses.replace(target.backbone, unlike_from=round(limit, 4))
        write_card(target.backbone_folder, card)
    return 0


def measure_fold(
    split: Split, folds: SourceFolds, fold: int, calibration: Calibration
) -> list[Archive]:
    """Measure the fold's sources that have enough pictures."""
    folder = split.work / name_fold_folder(fold) / "backbone"
    bank = embed(folder, split.dataset, folds.list_bank(split, without=fold))[:, 0]
    unseen = folds.select_held_out(split, fold)
    own = [p for p in unseen if p.path in folds.fold_of and not p.is_target]
    embeddings = embed(folder, split.dataset, own)
    distances = measure_distances(embeddings[:, 0], bank.astype(np.float32))
    is_wrong = compute_evidence(load_head(folder, folder), calibration, embeddings) > 0
    sources = np.array([p.source for p in own])
    archives = []
    for source in np.unique(sources):
        rows = sources == source
        if rows.sum() >= LEAST_PICTURES:
            mean = float(distances[rows].mean())
            archives.append(Archive(str(source), mean, int(rows.sum()), int(is_wrong[rows].sum())))
    return archives


def print_part(name: str, archives: list[Archive]) -> None:
    """Print how often evidence is wrongly above 0."""
    pictures = sum(archive.pictures for archive in archives)
    wrong = sum(archive.wrong for archive in archives)
    print(
        f"{name} the limit: {len(archives)} sources, {pictures:,} pictures, evidence above 0 in "
        f"{wrong / max(1, pictures):.1%}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
