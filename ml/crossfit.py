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
import datetime
import logging
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from ml.artifact import BackboneCard, Head, load_backbone, save_card, sha256_of
from ml.checkpoint import read_state, restore
from ml.course import Course
from ml.embed import decoded, embed
from ml.heads import best_look
from ml.looks import fit, looks
from ml.networks import MonaCNNConfig, build, network_of, set_weights, weights_of
from ml.quantize import Kind, agreement, convert
from ml.targets import HeldOut
from ml.train import train
from ml.trainable import backbone_of, trainable
from ml.validation import Validation, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ml.dataset import Picture
    from ml.presets import TrainConfig
log = logging.getLogger(__name__)

_CALIBRATION = 100  # pictures that int8 takes its ranges from
_WATCHED = 300  # pictures of others that the curves are drawn from
_BANK = 3000  # pictures of others whose embeddings travel with a backbone
# What int8 must keep of the float embeddings of held-out pictures to ship.
_MEAN_COSINE, _WORST_COSINE, _SAME_CHARACTER = 0.97, 0.90, 0.95


def train_base(course: Course) -> keras.Model:
    """Every stage but the last, without the target."""
    keras.utils.set_random_seed(course.config.seed)  # of the weights that ImageNet does not give
    model = trainable(course.config, len(course.names), course.imagenet)
    before = dataclasses.replace(course.config, plans=course.config.plans[:-1], choose_best=False)
    others = [n for n, p in enumerate(course.pictures) if p.art in course.held_out]
    checks = _validation(course, others)
    train(model, course.material(without_fold=None), checks, before, course.work / "base")
    return model


def train_last(course: Course, without_fold: int) -> keras.Model:
    """The last stage from the base; -1 leaves out no artwork of the target."""
    model = train_base(course)  # read back from its checkpoint
    last = dataclasses.replace(course.config, plans=course.config.plans[-1:], choose_best=False)
    name = "last" if without_fold < 0 else f"fold-{without_fold}"
    checks = _validation(course, course.tested(without_fold))
    train(model, course.material(without_fold=without_fold), checks, last, course.work / name)
    return model


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
    squares = [_square(course, picture, shape[1]) for picture in pictures]
    return Validation(np.stack(squares) if squares else np.empty(shape, np.uint8), pictures)


def _square(course: Course, picture: Picture, side: int) -> NDArray[np.uint8]:
    """One picture as the network is shown it."""
    rule = _rule(course.config)
    image = decoded(course.dataset, picture, side, cover=rule == "stretch")
    return fit(image, side, rule)[0]


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
        squares = np.stack([_square(course, course.pictures[row], side) for row in part])
        found |= zip(part, answer(model, squares)["stage"][:, 0].tolist(), strict=True)
    return found


def score_fold(course: Course, fold: int) -> dict[int, float]:
    """row -> score of its best look, from a network that never saw the row's artwork."""
    model = train_last(course, fold)
    folder = course.work / f"fold-{fold}" / "backbone"
    save_backbone(course, model, folder, without_fold=fold)
    rows = course.tested(fold)
    embeddings = embed(folder, course.dataset, [course.pictures[row] for row in rows])
    scores = best_look(head_of(course, model), embeddings)
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


def save_backbone(
    course: Course,
    model: keras.Model,
    folder: Path,
    *,
    without_fold: int | None,
    kind: Kind = "int8",
) -> None:
    """Rebuild the backbone at the side it serves at, convert it, write its folder.

    Args:
        without_fold: what the model did not see; int8 takes its ranges from what it did.
    """
    config = course.config
    backbone = _served(course, model)
    folder.mkdir(parents=True, exist_ok=True)
    squares = [_square(course, p, config.serve.side) for p in _some(course, without_fold)]
    (folder / "model.tflite").write_bytes(convert(backbone, squares, kind))
    halves = {name: array.astype(np.float16) for name, array in weights_of(backbone).items()}
    np.savez(folder / "weights.npz", allow_pickle=False, **halves)
    card = BackboneCard(
        name=folder.name,
        network=network_of(config.serve),
        config=dataclasses.asdict(config.serve),
        side=config.serve.side,
        resize=_rule(config),
        places=config.serve.places,
        dim=config.serve.dim,
        window=config.window,
        stride=config.stride,
        model_sha256=sha256_of(folder / "model.tflite"),
        weights_sha256=sha256_of(folder / "weights.npz"),
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        data=summary(course, without_fold=without_fold),
    )
    save_card(folder, card)


def _served(course: Course, model: keras.Model) -> keras.Model:
    """The trained backbone at the side it serves at, in single precision."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")  # a GPU trains in half precision
    try:
        backbone = build(course.config.serve)
    finally:
        keras.config.set_dtype_policy(policy)
    set_weights(backbone, weights_of(backbone_of(model, course.config)))
    return backbone


def save_checked(course: Course, model: keras.Model, folder: Path) -> None:
    """Write the backbone that ships: int8 where that is as good as said below, else float16."""
    save_backbone(course, model, folder, without_fold=-1)
    found = compare_converted(course, model, folder)
    if not (
        found["mean_cosine"] >= _MEAN_COSINE
        and found["worst_percentile_cosine"] >= _WORST_COSINE
        and found["same_character"] >= _SAME_CHARACTER
    ):
        log.warning("int8 loses too much (%s): float16 is written.", found)
        save_backbone(course, model, folder, without_fold=-1, kind="float16")
        found = compare_converted(course, model, folder)
    card = load_backbone(folder)
    save_card(folder, dataclasses.replace(card, data={**card.data, "converted": found}))


def compare_converted(course: Course, model: keras.Model, folder: Path) -> dict[str, float]:
    """How close the converted embeddings of whole pictures are, over all that nothing saw."""
    card = load_backbone(folder)
    pictures = [p for p in course.pictures if not p.target and p.art in course.held_out]
    converted = embed(folder, course.dataset, pictures)[:, 0].astype(np.float32)
    exact = float_looks(course, model, pictures, card)[:, 0].astype(np.float32)
    kernel, bias = (np.asarray(w) for w in model.get_layer("characters").get_weights())
    same = (exact @ kernel + bias).argmax(axis=1) == (converted @ kernel + bias).argmax(axis=1)
    return {
        **dataclasses.asdict(agreement(exact, converted)),
        "same_character": float(same.mean()),
    }


def float_looks(
    course: Course, model: keras.Model, pictures: Sequence[Picture], card: BackboneCard
) -> NDArray[np.float16]:
    """What `embed` gives, by the network before it was converted: float16 (n, looks, dim)."""
    backbone, cover = _served(course, model), card.resize == "stretch"
    found = []
    for start in range(0, len(pictures), 32):
        chosen = pictures[start : start + 32]
        part = [decoded(course.dataset, p, card.side, cover=cover) for p in chosen]
        squares, boxes = zip(*(fit(p, card.side, card.resize) for p in part), strict=True)
        places = np.asarray(backbone.predict_on_batch(np.stack(squares).astype(np.float32)))
        found += [looks(at, box, card) for at, box in zip(places, boxes, strict=True)]
    return np.stack(found)


def save_bank(course: Course, folder: Path) -> None:
    """Embeddings of others that the backbone never saw: what a target is told from."""
    others = [p for p in course.pictures if not p.target and p.art in course.held_out][:_BANK]
    np.savez(folder / "bank.npz", embeddings=embed(folder, course.dataset, others)[:, 0])


def summary(course: Course, *, without_fold: int | None) -> dict[str, Any]:
    """What the card says of the pictures."""
    rows = course.rows(without_fold=without_fold)
    trained = [course.pictures[row] for row in rows]
    return {
        "network": network_of(course.config.network),
        "trained_on": len(trained),
        "of_the_target": sum(p.target for p in trained),
        "characters": len(course.names) - 1,
        "held_out": sum(p.art in course.held_out for p in course.pictures),
    }


def _rule(config: TrainConfig) -> Any:
    return "stretch" if isinstance(config.serve, MonaCNNConfig) else "letterbox"


def _some(course: Course, without_fold: int | None) -> list[Picture]:
    """Pictures drawn from those trained on."""
    rows = course.rows(without_fold=without_fold)
    rng = np.random.default_rng(course.config.seed)
    drawn = rng.choice(rows, min(_CALIBRATION, len(rows)), replace=False)
    return [course.pictures[row] for row in drawn]
