"""Train the last stage by the best region, as the sieve scores, at one scale and at a finer one.

    python bench/best_region.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups same_art.csv --sources sources.csv \
        --start VERSION_6/mona --work WORK

Each row trains the start's last stage once more, EPOCHS of 2,560 composed pictures, and takes the
mean of before and after: at 160 pixels by the whole picture, as all trainings; at 224 pixels by the
best of the sieve's five regions; and at 320 pixels, with figures half as large, by the best of the
whole picture and nine windows. Each network scores the part `validation` with the regions of 224
pixels, of 320 pixels, and with both. Characters of other games are left out of the training.
Intervals are 95 %, over artworks; differences to the start at 224 pixels are paired.
"""

import argparse
import dataclasses
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import keras
from keras import layers

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.backbones import drop_other_games, format_row
from bench.divided import add_arguments
from bench.fine_tune import (
    average_weights,
    build_model,
    read_split,
    score_others,
    score_validation,
)
from bench.fold_networks import save_known_classes, score_target
from ml.datasets.reader import read_manifests
from ml.datasets.splits import list_classes
from ml.targets.catalog import Target, load_target
from ml.training.augment import AugmentConfig
from ml.training.characters import pool
from ml.training.cross_validation import read_binary_head
from ml.training.presets import CLOSER, FINE_TUNE
from ml.training.split import Split
from ml.training.trainer import train
from ml.training.weights import Start
from ml.training.write_backbone import save_backbone
from ml.training.write_target import HeldOut
from ml.vision.backbone import load_backbone
from ml.vision.card import Scale, write_card
from ml.vision.networks import MonaLiteConfig, build
from ml.vision.regions import count_scale_regions

EPOCHS = 3
COARSE = Scale(side=224, map_shape=(7, 7), window=4, stride=2)
FINER = Scale(side=320, map_shape=(10, 10), window=5, stride=2)
SMALL = AugmentConfig(
    scale=(0.15, 0.65), close=0.45, closest=1.3, multi_scale=(0.18, 0.4), middle=(1.0, 2.0)
)
_WHOLE = Scale(side=160, map_shape=(5, 5), window=0, stride=0)
ROWS = {
    "whole picture, 160": (_WHOLE, CLOSER),
    "best region, 224": (COARSE, CLOSER),
    "best region, 320": (FINER, SMALL),
}


def main() -> int:
    """Train and score every row; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--start", metavar="FOLDER", type=Path, required=True, help="a target")
    parser.add_argument("--work", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    start = load_target(args.start.absolute())
    split = read_split(args, Start(backbone=start.backbone_folder))
    split = dataclasses.replace(split, dataset=drop_other_games(split.dataset))
    known = list_classes(read_manifests([args.manifest], "mona").pictures)
    split = dataclasses.replace(split, class_names=tuple(known))
    models = {"not trained": build_model(split, start.backbone_folder, known, start.head)}
    for name, (scale, augment) in ROWS.items():
        models[name] = train_row(split, start, name, scale, augment)
    print("| trained by | Mona | all characters | difference |\n| --- | --- | --- | --- |")
    first = None
    for name, model in models.items():
        scores = score(split, model, known, name_folder(split, name) / "backbone")
        for regions, (target, others) in scores.items():
            first = first or others
            print(format_row(f"{name}; scored at {regions}", target, others, first), flush=True)
    return 0


def train_row(
    split: Split, start: Target, name: str, scale: Scale, augment: AugmentConfig
) -> keras.Model:
    """Train at one scale, or read the training. Returns the mean of before and after."""
    stage = dataclasses.replace(FINE_TUNE.stages[-1], epochs=EPOCHS, augment=augment)
    config = dataclasses.replace(
        split.config, network=MonaLiteConfig(side=scale.side), stages=(stage,)
    )
    before = build_model(split, start.backbone_folder, split.class_names, start.head)
    model = build_for_regions(dataclasses.replace(split, config=config), scale)
    model.set_weights(before.get_weights())
    rows = split.make_training_set(split.select_final_rows())
    train(model, rows, None, config, name_folder(split, name), start=start.folder.name)
    after = build_model(split, start.backbone_folder, split.class_names)
    after.set_weights(model.get_weights())
    average_weights(after, before)
    return after


def name_folder(split: Split, name: str) -> Path:
    """Return the folder of a row's checkpoints."""
    return split.work / name.replace(" ", "-").replace(",", "")


def build_for_regions(split: Split, scale: Scale) -> keras.Model:
    """Return a network whose two outputs are the highest over the regions of a scale.

    Its weights are in the order of `ml.training.model.build_trainable`.
    """
    backbone = build(split.config.network)
    picture = keras.Input(backbone.input_shape[1:], name="picture")
    feature_map = backbone(picture, training=False)
    regions = layers.GlobalAveragePooling2D(keepdims=True)(feature_map)
    regions = layers.Reshape((1, -1))(regions)
    if scale.window:
        windows = layers.AveragePooling2D(scale.window, scale.stride)(feature_map)
        windows = layers.Reshape((-1, windows.shape[-1]))(windows)
        regions = layers.Concatenate(axis=1)([regions, windows])
    outputs = {}
    for name, units in (("characters", len(split.class_names)), ("stage", 1)):
        logits = layers.Dense(units, name=f"{name}_of_regions")(regions)
        outputs[name] = layers.GlobalMaxPooling1D(name=name)(logits)
    return keras.Model(picture, outputs, name="trainable")


def score(
    split: Split, model: keras.Model, known: Sequence[str], folder: Path
) -> dict[str, tuple[HeldOut, HeldOut]]:
    """Convert a network and score the target and all other characters, by scale."""
    save_backbone(split, model, folder, rows=split.select_final_rows())
    write_card(folder, dataclasses.replace(load_backbone(folder), close=FINER))
    save_known_classes(split, model, known, folder)
    scored, count = score_validation(split, folder), count_scale_regions(COARSE)
    head, scores = read_binary_head(model), {}
    for name, columns in (
        ("224", slice(count)),
        ("320", slice(count, None)),
        ("both", slice(None)),
    ):
        part = dataclasses.replace(scored, embeddings=scored.embeddings[:, columns])
        others = pool(score_others(split, known, [part]).values())
        scores[name] = (score_target(part, head), others)
    return scores


if __name__ == "__main__":
    sys.exit(main())
