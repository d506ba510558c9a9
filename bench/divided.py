"""The pictures of a training, some of whose sources are held out."""

import argparse
from pathlib import Path

from ml.datasets.reader import Dataset, LabelledPicture, read_manifests


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name the pictures."""
    for name in ("manifest", "more", "divided", "divided-negatives", "groups", "sources"):
        parser.add_argument(f"--{name}", metavar="CSV", type=Path, required=True)


def read_pictures(args: argparse.Namespace) -> tuple[Dataset, list[LabelledPicture]]:
    """Return all pictures, and the last of them: those that a list of sources divides."""
    manifests = (args.manifest, args.more, args.divided)
    negatives = (args.divided_negatives,)
    dataset = read_manifests(manifests, "mona", negatives=negatives, groups=args.groups)
    given = sum(len(read_manifests([file], "mona").pictures) for file in manifests[:2])
    return dataset, list(dataset.pictures[given:])
