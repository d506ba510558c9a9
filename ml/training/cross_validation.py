"""From labelled pictures to a backbone and a target whose figures can be trusted.

1. Some pictures are held out for good: whole artworks, and whole sources where they are named.
2. The *base* learns everything up to the last stage without any picture of the target.
3. For each fold over the target's artworks, the last stage is trained from the base without that
   fold; the fold's pictures, and its part of those held out, are scored by what never saw them.
4. The backbone that ships is trained like a fold, but with all artworks of the target. It inherits
   the calibration of the folds; of others than the target its held-out pictures are still unseen.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from typing import TYPE_CHECKING

import keras
import numpy as np

from ml.disk import sha256_of
from ml.scoring.head import Head, score_best_region
from ml.training.checkpoint import read_state, restore
from ml.training.embed import embed
from ml.training.model import trainable
from ml.training.split import Course
from ml.training.trainer import train
from ml.training.validation import Validation, answer
from ml.training.write_backbone import save_backbone, square
from ml.training.write_target import HeldOut
from ml.vision.convert import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


log = logging.getLogger(__name__)

_WATCHED = 300  # pictures of others that the curves are drawn from


def train_base(course: Course) -> keras.Model:
    """Every stage but the last, without the target."""
    keras.utils.set_random_seed(course.config.seed)  # of the weights that ImageNet does not give
    model = trainable(course.config, len(course.names), course.imagenet)
    before = dataclasses.replace(course.config, plans=course.config.plans[:-1], choose_best=False)
    others = [n for n, p in enumerate(course.pictures) if p.art in course.held_out]
    checks = _validation(course, others)
    start = sha256_of(course.imagenet) if course.imagenet else ""
    material = course.material(without_fold=None)
    train(model, material, checks, before, course.work / "base", start=start)
    return model


def train_last(course: Course, without_fold: int) -> keras.Model:
    """The last stage from the base; -1 leaves out no artwork of the target."""
    model = train_base(course)  # read back from its checkpoint
    last = dataclasses.replace(course.config, plans=course.config.plans[-1:], choose_best=False)
    name = "last" if without_fold < 0 else f"fold-{without_fold}"
    checks = _validation(course, course.tested(without_fold))
    material = course.material(without_fold=without_fold)
    train(model, material, checks, last, course.work / name, start=_digest(model))
    return model


def _digest(model: keras.Model) -> str:
    """Of all weights: a last stage must not go on from another base."""
    found = hashlib.sha256()
    for weight in model.weights:
        found.update(np.asarray(weight).tobytes())
    return found.hexdigest()


def read_back(course: Course, name: str) -> keras.Model:
    """The network of a training that is finished: "base", "fold-0" … or "last"."""
    model = trainable(course.config, len(course.names), None)
    folder = course.work / name
    restore(model, folder / read_state(folder)["saved"], optimizer=False)
    return model


def _validation(course: Course, rows: Sequence[int]) -> Validation:
    """Some of these pictures on their squares: for the curves alone, nothing is chosen by them."""
    rng = np.random.default_rng(course.config.seed)
    hers = [row for row in rows if course.pictures[row].target]
    others = [row for row in rows if not course.pictures[row].target]
    some = [*hers, *(int(r) for r in rng.permutation(others)[:_WATCHED])]
    pictures = tuple(course.pictures[row] for row in some)

    shape = (0, course.config.network.side, course.config.network.side, 3)
    squares = [square(course, picture, shape[1]) for picture in pictures]
    return Validation(np.stack(squares) if squares else np.empty(shape, np.uint8), pictures)


def score_whole(course: Course, fold: int) -> dict[int, float]:
    """row -> the last stage's answer to the whole picture, at the side it was trained at.

    A rough measure for comparing trainings: no conversion, no windows, no rivals.
    """
    train_last(course, fold)
    model = read_back(course, f"fold-{fold}")
    side, rows = course.config.network.side, course.tested(fold)
    found: dict[int, float] = {}
    for start in range(0, len(rows), _WATCHED):
        part = rows[start : start + _WATCHED]
        squares = np.stack([square(course, course.pictures[row], side) for row in part])
        found |= zip(part, answer(model, squares)["stage"][:, 0].tolist(), strict=True)
    return found


def score_fold(course: Course, fold: int, kind: Kind = "int8") -> dict[int, float]:
    """row -> score of its best look, from a network that never saw the row's artwork."""
    model = train_last(course, fold)
    folder = course.work / f"fold-{fold}" / "backbone"
    save_backbone(course, model, folder, without_fold=fold, kind=kind)
    rows = course.tested(fold)
    embeddings = embed(folder, course.dataset, [course.pictures[row] for row in rows])
    scores = score_best_region(head_of(course, model), embeddings)
    return dict(zip(rows, scores.tolist(), strict=True))


def held_out(
    course: Course, score: Callable[[Course, int], dict[int, float]] = score_fold
) -> HeldOut:
    """All folds' scores together, from `score_fold` or `score_whole`."""
    scores: dict[int, float] = {}
    for fold in range(course.count):
        scores |= score(course, fold)
        log.info("fold %d of %d is scored", fold + 1, course.count)
    rows = sorted(scores)
    pictures = [course.pictures[row] for row in rows]
    return HeldOut(
        np.array([scores[row] for row in rows], np.float32),
        np.array([p.target for p in pictures]),
        np.array([p.art for p in pictures]),
        np.array([course.fold[p.art] for p in pictures]),
    )


def head_of(course: Course, model: keras.Model) -> Head:
    """What the last stage learnt, as a head: linear on the mean of places, so on any look.

    Where it told the characters apart too, the target's answer stands against all the others' as
    rivals, and the stage's own answer, the target or not, has only served to train by.
    """
    hers = course.target_class
    asked = "characters" if hers and course.config.plans[-1].characters else "stage"
    kernel, bias = (np.asarray(w) for w in model.get_layer(asked).get_weights())
    others = np.arange(len(bias)) != hers
    if asked == "stage":
        return Head(kernel[:, 0], float(bias[0]))
    return Head(
        kernel[:, hers],
        float(bias[hers]),
        rivals=np.ascontiguousarray(kernel.T[others]),
        rival_bias=bias[others],
    )
