"""Compare choices of the training: what it sees as nobody, whom it tells apart, and by which loss.

    python bench/choices.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups same_art.csv --sources sources.csv \
        --start BACKBONE --work WORK

`--start` is a backbone that saw none of the crawl, such as version 4's. Each row is a training of
its own from there, with short stages (SHORT below) and random outputs. Scored are whole pictures of
the part `validation` whose artworks no training saw, by the float networks at the side of the
training: the rows compare with each other and not with other tables. Intervals are 95 %, over
artworks; differences to the first row are paired.
"""

import argparse
import dataclasses
import logging
import sys
from pathlib import Path

import keras
import numpy as np
from keras import constraints, layers
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.backbones import format_row, score
from bench.divided import add_arguments
from bench.fine_tune import read_split
from ml.datasets.reader import NO_CHARACTER
from ml.training.characters import find_game
from ml.training.model import build_trainable
from ml.training.presets import FINE_TUNE
from ml.training.split import Split
from ml.training.trainer import train
from ml.training.weights import Start

ALL, NO_CRAWL, ONE_GAME, COSINE = (
    "all pictures, softmax",
    "without the crawl's pictures",
    "without characters of other games",
    "cosine softmax",
)
SHORT = tuple(dataclasses.replace(stage, epochs=3, samples=2560) for stage in FINE_TUNE.stages)
_LENGTH = 16.0  # of an embedding in the cosine softmax


def main() -> int:
    """Train and score the rows; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--start", metavar="FOLDER", type=Path, required=True, help="a backbone")
    parser.add_argument("--work", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    split = read_split(args, Start(backbone=args.start))
    split = dataclasses.replace(split, config=dataclasses.replace(split.config, stages=SHORT))
    print("| choice | Mona | all characters | difference |\n| --- | --- | --- | --- |")
    first = None
    for name in (ALL, NO_CRAWL, ONE_GAME, COSINE):
        target, others = score(split, train_row(split, name))
        first = first or others
        print(format_row(name, target, others, first), flush=True)
    return 0


def train_row(split: Split, name: str) -> keras.Model:
    """Train one network, or read it from its checkpoints."""
    keras.utils.set_random_seed(split.config.seed)
    model = build_trainable(split.config, len(split.class_names), split.start)
    if name == COSINE:
        model = use_cosine(model)
    training_set = split.make_training_set(select_rows(split, name))
    folder = split.work / name.replace(" ", "-")
    train(model, training_set, None, split.config, folder, start=name)
    return model


def select_rows(split: Split, name: str) -> NDArray[np.int64]:
    """Return the rows of the pictures that a training sees."""
    rows = split.select_final_rows()
    game = find_game(split.pictures)
    pictures = [split.pictures[row] for row in rows]
    named = np.array([p.character != NO_CHARACTER for p in pictures])
    own = np.array([p.game == game for p in pictures])
    seen = {NO_CRAWL: named | own, ONE_GAME: ~named | own}.get(name, np.ones(len(rows), bool))
    chosen: NDArray[np.int64] = rows[seen]
    return chosen


def use_cosine(model: keras.Model) -> keras.Model:
    """Make the logits cosines between embedding and class, times a constant.

    A metric-learning loss: Wang et al., "NormFace", 2017.
    """
    mean = layers.UnitNormalization(name="direction")(model.get_layer("mean").output)
    mean = layers.Rescaling(_LENGTH, name="scaled")(mean)
    classes = model.get_layer("characters").units
    outputs = {
        "characters": layers.Dense(
            classes, name="characters", kernel_constraint=constraints.UnitNorm(axis=0)
        )(mean),
        "stage": layers.Dense(1, name="stage")(mean),
    }
    return keras.Model(model.input, outputs, name="trainable")


if __name__ == "__main__":
    sys.exit(main())
