"""Write a trained backbone's folder: rebuilt at the side it serves at, converted and checked."""

from __future__ import annotations

import dataclasses
import datetime
import logging
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from ml.disk import sha256_of
from ml.training.embed import decoded, embed
from ml.training.model import backbone_of
from ml.vision.backbone import load_backbone
from ml.vision.card import BackboneCard, write_card
from ml.vision.convert import Kind, agreement, convert
from ml.vision.networks import MonaCNNConfig, build, network_of, set_weights, weights_of
from ml.vision.regions import compute_region_means, letterbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ml.datasets.reader import Picture
    from ml.training.presets import TrainConfig
    from ml.training.split import Course

log = logging.getLogger(__name__)

_CALIBRATION = 100  # pictures that int8 takes its ranges from
_BANK = 3000  # pictures of others whose embeddings travel with a backbone
# What int8 must keep of the float embeddings of held-out pictures to ship.
_MEAN_COSINE, _WORST_COSINE, _SAME_CHARACTER = 0.97, 0.90, 0.95


def square(course: Course, picture: Picture, side: int) -> NDArray[np.uint8]:
    """One picture as the network is shown it."""
    rule = _rule(course.config)
    image = decoded(course.dataset, picture, side, cover=rule == "stretch")
    return letterbox(image, side, rule)[0]


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
    squares = [square(course, p, config.serve.side) for p in _some(course, without_fold)]
    (folder / "model.tflite").write_bytes(convert(backbone, squares, kind))
    halves = {name: array.astype(np.float16) for name, array in weights_of(backbone).items()}
    np.savez(folder / "weights.npz", allow_pickle=False, **halves)
    card = BackboneCard(
        name=folder.name,
        network=network_of(config.serve),
        config=dataclasses.asdict(config.serve),
        side=config.serve.side,
        resize=_rule(config),
        map_shape=config.serve.map_shape,
        dim=config.serve.dim,
        window=config.window,
        stride=config.stride,
        model_sha256=sha256_of(folder / "model.tflite"),
        weights_sha256=sha256_of(folder / "weights.npz"),
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        data=summary(course, without_fold=without_fold),
    )
    write_card(folder, card)


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


def save_checked(course: Course, model: keras.Model, folder: Path) -> Kind:
    """Write the backbone that ships: int8 where that is as good as said above, else float16."""
    kind: Kind = "int8"
    save_backbone(course, model, folder, without_fold=-1)
    found = compare_converted(course, model, folder)
    told_apart = any(plan.characters for plan in course.config.plans)
    if (
        found["mean_cosine"] < _MEAN_COSINE
        or found["worst_percentile_cosine"] < _WORST_COSINE
        or (told_apart and found["same_character"] < _SAME_CHARACTER)
    ):
        log.warning("int8 loses too much (%s): float16 is written.", found)
        kind = "float16"
        save_backbone(course, model, folder, without_fold=-1, kind=kind)
        found = compare_converted(course, model, folder)
    card = load_backbone(folder)
    data = {**card.data, "kind": kind, "converted": found}
    write_card(folder, dataclasses.replace(card, data=data))
    return kind


def compare_converted(course: Course, model: keras.Model, folder: Path) -> dict[str, float]:
    """How close the converted embeddings of whole pictures are, over all that nothing saw."""
    card = load_backbone(folder)
    pictures = [p for p in course.pictures if not p.target and p.art in course.held_out]
    converted = embed(folder, course.dataset, pictures)[:, 0].astype(np.float32)
    exact = compute_float_embeddings(course, model, pictures, card)[:, 0].astype(np.float32)
    kernel, bias = (np.asarray(w) for w in model.get_layer("characters").get_weights())
    same = (exact @ kernel + bias).argmax(axis=1) == (converted @ kernel + bias).argmax(axis=1)
    return {
        **dataclasses.asdict(agreement(exact, converted)),
        "same_character": float(same.mean()),
    }


def compute_float_embeddings(
    course: Course, model: keras.Model, pictures: Sequence[Picture], card: BackboneCard
) -> NDArray[np.float16]:
    """What `embed` gives, by the network before it was converted: float16 (n, looks, dim)."""
    backbone, cover = _served(course, model), card.resize == "stretch"
    found = []
    for start in range(0, len(pictures), 32):
        chosen = pictures[start : start + 32]
        part = [decoded(course.dataset, p, card.side, cover=cover) for p in chosen]
        squares, boxes = zip(*(letterbox(p, card.side, card.resize) for p in part), strict=True)
        maps = np.asarray(backbone.predict_on_batch(np.stack(squares).astype(np.float32)))
        found += [compute_region_means(at, box, card) for at, box in zip(maps, boxes, strict=True)]
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
        "positives": sum(p.target for p in trained),
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
