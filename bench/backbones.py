"""Compare networks as the start: EfficientNet-Lite0, a ViT-S/14, and Lite0 taught by the ViT.

    python bench/backbones.py --manifest manifest.csv --more more.csv --divided second.csv \
        --divided-negatives crawl.csv --groups same_art.csv --sources sources.csv \
        --imagenet efficientnet_lite0_imagenet.npz --vit vit_s14_8blocks_int8.npz --work WORK

All rows see the same composed pictures of the parts `train`: first to tell the target's game's
characters apart, then the target from all others. Characters of other games are left out, because
1,076 classes learn little in so short a training (`bench/choices.py`). The taught Lite0 also
imitates, in the first stage, what the trained ViT embeds at each cell. Scored are whole pictures of
the part `validation` whose artworks no training saw, by the float networks at the side of the
training: so the rows compare with each other and not with other tables. Time is that of one pass on
one thread.
"""

import argparse
import dataclasses
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench.divided import add_arguments
from bench.fine_tune import read_split
from bench.vit import BLOCKS, build_vit, convert_vit, load_vit
from ml.datasets.reader import NO_CHARACTER, Dataset
from ml.datasets.splits import list_classes
from ml.evaluation.metrics import bootstrap, compare, compute_average_precision
from ml.training.characters import Scored, find_game, list_characters, pool, score_character
from ml.training.cross_validation import read_classes
from ml.training.presets import FINE_TUNE, StageConfig
from ml.training.split import Split
from ml.training.trainer import train
from ml.training.weights import Start
from ml.training.write_backbone import prepare_square
from ml.training.write_target import HeldOut
from ml.vision.convert import convert
from ml.vision.networks import MonaLiteConfig, build, load_imagenet

STUDENT = "mona_lite"  # the trainer finds the network that it trains by this name
ROWS = ("Lite0", "ViT", "Lite0 taught by the ViT")
_SIDE, _INNER, _DIM = 160, 140, 256
_VIT_RATE = 0.5  # of the preset's, once its outputs have learnt
_IMITATION = 1.0  # weight of the imitation beside the characters


def main() -> int:
    """Train and score the rows; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--imagenet", type=Path, required=True)
    parser.add_argument("--vit", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3, help="of each stage (%(default)s)")
    parser.add_argument("--samples", type=int, help="pictures an epoch, instead of the preset's")
    parser.add_argument("--work", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    split = read_split(args, Start(imagenet=args.imagenet))
    split = dataclasses.replace(split, dataset=drop_other_games(split.dataset))
    split = dataclasses.replace(split, class_names=tuple(list_classes(split.pictures)))
    print("| network | Mona | all characters | difference | ms |\n| --- | --- | --- | --- | --- |")
    first = None
    for name in ROWS:
        model = train_row(split, args, name)
        target, others = score(split, model)
        first = first or others
        milliseconds = time_pass(split, model.get_layer(STUDENT))
        print(f"{format_row(name, target, others, first)} {milliseconds:.1f} |", flush=True)
    return 0


def train_row(split: Split, args: argparse.Namespace, name: str) -> keras.Model:
    """Train one network through both stages, or read it from its checkpoints."""
    keras.utils.set_random_seed(split.config.seed)
    student = build_student(args, name)
    taught = train_row(split, args, "ViT") if name == ROWS[2] else None
    model = build_trainable(split, student, taught)
    training_set = split.make_training_set(split.select_final_rows())
    for number, stage in enumerate(plan_stages(args, name)):
        if number:
            before, model = model, build_trainable(split, student)
            copy_outputs(before, model)
        config = dataclasses.replace(split.config, stages=(stage,), choose_best=False)
        folder = args.work / name.replace(" ", "-") / str(number)
        train(model, training_set, None, config, folder, start=name)
    return model


def drop_other_games(dataset: Dataset) -> Dataset:
    """Return the dataset without the named characters of other games than the target's."""
    game = find_game(dataset.pictures)
    kept = tuple(p for p in dataset.pictures if p.character == NO_CHARACTER or p.game == game)
    return dataclasses.replace(dataset, pictures=kept)


def plan_stages(args: argparse.Namespace, name: str) -> list[StageConfig]:
    """Return the stages of a row.

    A ViT's outputs learn for one epoch before its blocks do, because random ones spoil what it
    knows (Kumar et al., "Fine-tuning can distort pretrained features", 2022). That epoch's
    pictures come twice, and those of the third not at all.
    """
    changes = {"epochs": args.epochs, "frozen_blocks": 0}
    if args.samples:
        changes["samples"] = args.samples
    first, second = (dataclasses.replace(stage, **changes) for stage in FINE_TUNE.stages)
    if name != "ViT":
        return [first, second]
    return [
        dataclasses.replace(first, epochs=1, frozen_blocks=BLOCKS),
        dataclasses.replace(first, epochs=args.epochs - 1, rate=first.rate * _VIT_RATE),
        dataclasses.replace(second, rate=second.rate * _VIT_RATE),
    ]


def build_student(args: argparse.Namespace, name: str) -> keras.Model:
    """Return the row's network with its first weights."""
    if name == "ViT":
        network = build_vit(_SIDE, _INNER, _DIM, STUDENT)
        load_vit(network, args.vit)
    else:
        network = build(MonaLiteConfig(side=_SIDE, dim=_DIM))
        load_imagenet(network, args.imagenet)
    return network


def build_trainable(
    split: Split, student: keras.Model, taught: keras.Model | None = None
) -> keras.Model:
    """Return the network with the trainer's two outputs.

    Args:
        taught: a trained model whose embeddings the student imitates.
    """
    picture = keras.Input((_SIDE, _SIDE, 3), name="picture")
    feature_map = student(picture, training=False)  # batch statistics stay, as in all trainings
    if taught is not None:
        teacher = keras.Model(picture, taught.get_layer(STUDENT)(picture), name="teacher")
        teacher.trainable = False
        feature_map = Imitation(name="imitation")([feature_map, teacher(picture)])
    mean = layers.GlobalAveragePooling2D(name="mean")(feature_map)
    outputs = {
        "characters": layers.Dense(len(split.class_names), name="characters")(mean),
        "stage": layers.Dense(1, name="stage")(mean),
    }
    return keras.Model(picture, outputs, name="trainable")


@keras.saving.register_keras_serializable()
class Imitation(layers.Layer):  # type: ignore[misc]
    """Add a loss: how far the student's cells are from the teacher's, in the teacher's variance."""

    def call(self, maps: list[Any]) -> Any:
        """Return the student's map (batch, h, w, dim) as it is."""
        student, teacher = maps
        wanted = ops.image.resize(teacher, ops.shape(student)[1:3], antialias=True)
        variance = ops.maximum(ops.mean(ops.var(wanted, axis=(0, 1, 2))), 1e-6)
        self.add_loss(_IMITATION * ops.mean(ops.square(student - wanted)) / variance)
        return student


def copy_outputs(source: keras.Model, model: keras.Model) -> None:
    """Go on with the first stage's outputs."""
    for name in ("characters", "stage"):
        model.get_layer(name).set_weights(source.get_layer(name).get_weights())


def score(split: Split, model: keras.Model) -> tuple[HeldOut, HeldOut]:
    """Score whole held-out pictures: by the stage's answer, and by each character's class."""
    pictures = [p for p in split.pictures if p.artwork in split.held_out]
    mean = keras.Model(model.input, model.get_layer("stage").input)
    embeddings = np.concatenate(
        [
            np.asarray(mean.predict_on_batch(_prepare(split, pictures[n : n + 64])))
            for n in range(0, len(pictures), 64)
        ]
    )
    artworks = np.array([p.artwork for p in pictures])
    folds = np.zeros(len(pictures), np.int64)
    kernel, bias = (np.asarray(w) for w in model.get_layer("stage").get_weights())
    answers = (embeddings @ kernel)[:, 0] + bias
    target = HeldOut(answers, np.array([p.is_target for p in pictures]), artworks, folds)
    scored = Scored(pictures, embeddings[:, None].astype(np.float16), *read_classes(model), folds)
    trained = [p for p in split.pictures if p.artwork not in split.held_out]
    game, seen = find_game(trained), {p.artwork for p in trained}
    characters = [
        score_character([scored], name, split.class_names.index(name), game=game, seen=seen)
        for name in list_characters(trained, game)
    ]
    return target, pool(characters)


def _prepare(split: Split, pictures: list[Any]) -> NDArray[np.float32]:
    return np.stack([prepare_square(split, p, _SIDE) for p in pictures]).astype(np.float32)


def time_pass(split: Split, network: keras.Model) -> float:
    """Return the median milliseconds of a pass on one thread; a ViT's with weights of int8."""
    from ai_edge_litert.interpreter import Interpreter

    pictures = [split.pictures[row] for row in split.select_final_rows()[:50]]
    squares = [prepare_square(split, p, _SIDE) for p in pictures]
    is_vit = "conv_stem_tokens" in {layer.name for layer in network.layers}
    with tempfile.NamedTemporaryFile(suffix=".tflite") as file:
        file.write(convert_vit(network) if is_vit else convert(network, squares))
        file.flush()
        interpreter = Interpreter(file.name, num_threads=1)
    interpreter.allocate_tensors()
    (entry,) = interpreter.get_input_details()
    times = []
    for square in squares:
        interpreter.set_tensor(entry["index"], square[None].astype(entry["dtype"]))
        begun = time.perf_counter()
        interpreter.invoke()
        times.append(time.perf_counter() - begun)
    return float(np.median(times) * 1000)


def format_row(name: str, target: HeldOut, others: HeldOut, first: HeldOut) -> str:
    """Return one row of the table, with 95 % intervals over artworks."""
    cells = [name]
    for held_out in (target, others):
        scores = held_out.scores.astype(np.float64)
        low, high = bootstrap(compute_average_precision, held_out.labels, scores, held_out.artworks)
        value = compute_average_precision(held_out.labels, scores)
        cells.append(f"{value:.3f} ({low:.3f} to {high:.3f})")
    more, low, high = compare(
        compute_average_precision,
        *(others.labels, others.scores.astype(np.float64), first.scores.astype(np.float64)),
        others.artworks,
    )
    cells.append(f"{more:+.3f} ({low:+.3f} to {high:+.3f})")
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(main())
