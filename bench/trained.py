"""The arguments and the split of a finished training."""

import argparse
from pathlib import Path

from ml.cli.train import add_dataset_arguments, read_pictures
from ml.training.presets import PRESETS
from ml.training.split import Split, make_split
from ml.training.weights import Start


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a training, the same as for `monasieve train`."""
    add_dataset_arguments(parser)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="mona_lite")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=3)


def read_split(args: argparse.Namespace) -> Split:
    """Return the split that the training made."""
    dataset, hold_out = read_pictures(args)
    return make_split(
        dataset,
        PRESETS[args.preset],
        args.work,
        start=Start(),
        hold_out=hold_out,
        fold_count=args.folds,
    )
