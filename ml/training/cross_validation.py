"""Train the base, the folds and the final network, and score the held-out pictures.

1. Some pictures are held out for good: whole artworks, and whole sources if they are named.
2. The *base* learns the first stages, without any picture of the target.
3. For each fold over the target's artworks, the last stages are trained from the base without the
   fold. That network scores the fold's pictures and its part of the held-out ones.
4. The *final* network is trained like a fold, but with all artworks of the target. Its calibration
   comes from the folds. Its held-out negatives are still unseen.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from typing import TYPE_CHECKING

import keras
import numpy as np

from ml.scoring.head import Head, make_class_head, score_best_region
from ml.training.characters import Scored
from ml.training.checkpoint import read_state, restore_weights
from ml.training.embed import embed
from ml.training.model import build_trainable
from ml.training.split import Split
from ml.training.trainer import train
from ml.training.validation import Validation, predict
from ml.training.weights import Start
from ml.training.write_backbone import prepare_square, save_backbone
from ml.training.write_target import HeldOut
from ml.vision.convert import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

log = logging.getLogger(__name__)

_WATCHED = 300  # negatives that the validation curves use

BASE, FINAL = "base", "final"  # folders in the split's work folder


def name_fold_folder(fold: int) -> str:
    """Name of a fold's folder in the split's work folder."""
    return f"fold-{fold}"


def train_base(split: Split) -> keras.Model:
    """Train the first stages, without the target."""
    keras.utils.set_random_seed(split.config.seed)  # for weights that `start` does not hold
    model = build_trainable(split.config, len(split.class_names), split.start)
    config = dataclasses.replace(split.config, stages=split.config.base_stages, choose_best=False)
    train(
        model,
        split.make_training_set(split.select_base_rows()),
        _make_validation(split, split.select_held_out_rows()),
        config,
        split.work / BASE,
        start=split.start.compute_digest(),
    )
    return model


def train_fold(split: Split, fold: int) -> keras.Model:
    """Train the last stages from the base, without the fold's artworks of the target."""
    return _train_last_stages(
        split,
        name_fold_folder(fold),
        split.select_rows_without(fold),
        split.select_held_out_rows(fold),
    )


def train_final(split: Split) -> keras.Model:
    """Train the last stages from the base, with all artworks of the target."""
    return _train_last_stages(split, FINAL, split.select_final_rows(), [])


def _train_last_stages(
    split: Split, name: str, rows: NDArray[np.int64], validation_rows: Sequence[int]
) -> keras.Model:
    model = train_base(split)  # a finished base is read from its checkpoint
    config = dataclasses.replace(split.config, stages=split.config.fold_stages, choose_best=False)
    train(
        model,
        split.make_training_set(rows),
        _make_validation(split, validation_rows),
        config,
        split.work / name,
        start=_compute_digest(model),
    )
    return model


def _compute_digest(model: keras.Model) -> str:
    """Return a digest of all weights, because the last stages must not resume on another base."""
    digest = hashlib.sha256()
    for weight in model.weights:
        digest.update(np.asarray(weight).tobytes())
    return digest.hexdigest()


def load_trained(split: Split, name: str) -> keras.Model:
    """Load the network of a finished training: BASE, FINAL or a `name_fold_folder`."""
    model = build_trainable(split.config, len(split.class_names), Start())
    folder = split.work / name
    restore_weights(model, folder / read_state(folder)["saved"], optimizer=False)
    return model


def _make_validation(split: Split, rows: Sequence[int]) -> Validation:
    """Prepare some of these pictures for the validation curves. No decision uses them."""
    rng = np.random.default_rng(split.config.seed)
    positives = [row for row in rows if split.pictures[row].is_target]
    negatives = [row for row in rows if not split.pictures[row].is_target]
    drawn = [*positives, *(int(r) for r in rng.permutation(negatives)[:_WATCHED])]
    pictures = tuple(split.pictures[row] for row in drawn)
    side = split.config.network.side
    squares = [prepare_square(split, picture, side) for picture in pictures]
    empty = np.empty((0, side, side, 3), np.uint8)
    return Validation(np.stack(squares) if squares else empty, pictures)


def score_whole(split: Split, fold: int) -> dict[int, float]:
    """Return row -> the last stage's answer for the whole picture, at the side of its training.

    This is a rough measure to compare trainings: no conversion, no regions, no rivals.
    """
    model = train_fold(split, fold)
    side, rows = split.config.network.side, split.select_held_out_rows(fold)
    scores: dict[int, float] = {}
    for start in range(0, len(rows), _WATCHED):
        part = rows[start : start + _WATCHED]
        squares = np.stack([prepare_square(split, split.pictures[row], side) for row in part])
        answers = predict(model, squares)["stage"][:, 0]
        scores |= zip(part, answers.tolist(), strict=True)
    return scores


def score_fold(split: Split, fold: int, kind: Kind = "int8") -> dict[int, float]:
    """Return row -> score of the best region, by a network that never saw the row's artwork."""
    model = train_fold(split, fold)
    scores = score_best_region(read_head(split, model), _embed_fold(split, model, fold, kind))
    return dict(zip(split.select_held_out_rows(fold), scores.tolist(), strict=True))


def _embed_fold(split: Split, model: keras.Model, fold: int, kind: Kind) -> NDArray[np.float16]:
    """Embed the fold's held-out pictures with its converted network, (n, regions, dim)."""
    folder = split.work / name_fold_folder(fold) / "backbone"
    save_backbone(split, model, folder, rows=split.select_rows_without(fold), kind=kind)
    rows = split.select_held_out_rows(fold)
    return embed(folder, split.dataset, [split.pictures[row] for row in rows])


def score_classes(split: Split, fold: int, kind: Kind = "int8") -> Scored:
    """Embed the fold's held-out pictures, for the targets of all characters."""
    model = train_fold(split, fold)
    kernel, bias = read_classes(model)
    rows = split.select_held_out_rows(fold)
    return Scored(
        pictures=[split.pictures[row] for row in rows],
        embeddings=_embed_fold(split, model, fold, kind),
        kernel=kernel,
        bias=bias,
        folds=np.full(len(rows), fold),
    )


def score_held_out(
    split: Split, score: Callable[[Split, int], dict[int, float]] = score_fold
) -> HeldOut:
    """Return the scores of all folds together, by `score_fold` or `score_whole`."""
    scores: dict[int, float] = {}
    for fold in range(split.fold_count):
        scores |= score(split, fold)
        log.info("fold %d of %d is scored", fold + 1, split.fold_count)
    rows = sorted(scores)
    pictures = [split.pictures[row] for row in rows]
    return HeldOut(
        scores=np.array([scores[row] for row in rows], np.float32),
        labels=np.array([p.is_target for p in pictures]),
        artworks=np.array([p.artwork for p in pictures]),
        folds=np.array([split.fold_of[p.artwork] for p in pictures]),
    )


def read_head(split: Split, model: keras.Model) -> Head:
    """Return the last stage's output as a head. It is linear on a mean of cells, so on any region.

    With class logits, the target's row is the head and the other rows are its rivals. The binary
    output is then dropped.
    """
    target = split.target_class
    with_classes = bool(target and split.config.stages[-1].characters)
    return read_class_head(model, target) if with_classes else read_binary_head(model)


def read_class_head(model: keras.Model, target: int) -> Head:
    """Return the target's class logit against those of all other classes."""
    return make_class_head(*read_classes(model), target)


def read_classes(model: keras.Model) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the output that tells the characters apart: (classes, dim) and (classes,)."""
    kernel, bias = (np.asarray(w) for w in model.get_layer("characters").get_weights())
    return np.ascontiguousarray(kernel.T), bias


def read_binary_head(model: keras.Model) -> Head:
    """Return the last stage's answer, target or not."""
    kernel, bias = (np.asarray(w) for w in model.get_layer("stage").get_weights())
    return Head(kernel[:, 0], float(bias[0]))
