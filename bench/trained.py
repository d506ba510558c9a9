"""The arguments and the split of a training that is finished."""

import argparse
from pathlib import Path

from ml.datasets.reader import read_dataset
from ml.training.presets import PRESETS
from ml.training.split import Split, plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What says which training: the same as for `python -m ml train`."""
    parser.add_argument("dataset", metavar="DATASET", type=Path)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="mona_lite")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--hold-out", metavar="FILE", type=Path)
    parser.add_argument("--folds", type=int, default=3)


def read_split(args: argparse.Namespace) -> Split:
    """The split as the training laid it out."""
    return plan(
        read_dataset(args.dataset, "mona"),
        PRESETS[args.preset],
        args.work,
        imagenet=None,
        hold_out=args.hold_out and args.hold_out.read_text(encoding="utf-8").splitlines(),
        count=args.folds,
    )
