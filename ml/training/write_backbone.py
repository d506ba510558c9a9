"""Write a trained backbone's folder: rebuilt at the sieve's side, converted and checked."""

from __future__ import annotations

import dataclasses
import datetime
import logging
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from ml.disk import compute_sha256
from ml.training.embed import decode_picture, embed
from ml.training.model import get_backbone
from ml.vision.backbone import load_backbone
from ml.vision.card import BackboneCard, write_card
from ml.vision.convert import Kind, convert, measure_agreement
from ml.vision.networks import MonaCNNConfig, build, get_weights, name_network, set_weights
from ml.vision.regions import compute_region_means, letterbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ml.datasets.reader import LabelledPicture
    from ml.training.presets import TrainConfig
    from ml.training.split import Split
    from ml.vision.card import Resize

log = logging.getLogger(__name__)

_RANGE_PICTURES = 100  # int8 takes its ranges from them
_BANK_PICTURES = 3000  # negatives whose embeddings are stored with a backbone
# Agreement with the float embeddings of held-out pictures that int8 needs to ship.
_MEAN_COSINE, _WORST_COSINE, _SAME_CHARACTER = 0.97, 0.90, 0.95


def prepare_square(split: Split, picture: LabelledPicture, side: int) -> NDArray[np.uint8]:
    """Return one picture as the network gets it, uint8 (side, side, 3)."""
    rule = _choose_resize(split.config)
    image = decode_picture(split.dataset, picture, side=side, resize=rule)
    return letterbox(image, side, rule)[0]


def save_backbone(
    split: Split,
    model: keras.Model,
    folder: Path,
    *,
    rows: NDArray[np.int64],
    kind: Kind = "int8",
) -> None:
    """Rebuild the backbone at the sieve's side, convert it, write its folder.

    Args:
        rows: the model's training rows; int8 takes its ranges from some of them.
    """
    config = split.config
    backbone = _build_serving(split, model)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = _draw_pictures(split, rows)
    squares = [prepare_square(split, picture, config.serving.side) for picture in drawn]
    (folder / "model.tflite").write_bytes(convert(backbone, squares, kind))
    halves = {name: array.astype(np.float16) for name, array in get_weights(backbone).items()}
    np.savez(folder / "weights.npz", allow_pickle=False, **halves)
    card = BackboneCard(
        name=folder.name,
        network=name_network(config.serving),
        config=dataclasses.asdict(config.serving),
        side=config.serving.side,
        resize=_choose_resize(config),
        map_shape=config.serving.map_shape,
        dim=config.serving.dim,
        window=config.window,
        stride=config.stride,
        model_sha256=compute_sha256(folder / "model.tflite"),
        weights_sha256=compute_sha256(folder / "weights.npz"),
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        data=summarize_data(split, rows),
        close=config.close,
    )
    write_card(folder, card)


def _build_serving(split: Split, model: keras.Model) -> keras.Model:
    """Build the trained backbone at the sieve's side, in single precision."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")  # a GPU trains in half precision
    try:
        backbone = build(split.config.serving)
    finally:
        keras.config.set_dtype_policy(policy)
    set_weights(backbone, get_weights(get_backbone(model, split.config)))
    return backbone


def save_checked(split: Split, model: keras.Model, folder: Path) -> Kind:
    """Write the final backbone: int8 if it agrees with float well enough, else float16."""
    kind: Kind = "int8"
    rows = split.select_final_rows()
    save_backbone(split, model, folder, rows=rows)
    agreements = compare_converted(split, model, folder)
    with_classes = any(stage.characters for stage in split.config.stages)
    if (
        agreements["mean_cosine"] < _MEAN_COSINE
        or agreements["worst_percentile_cosine"] < _WORST_COSINE
        or (with_classes and agreements["same_character"] < _SAME_CHARACTER)
    ):
        log.warning("int8 loses too much (%s): float16 is written.", agreements)
        kind = "float16"
        save_backbone(split, model, folder, rows=rows, kind=kind)
        agreements = compare_converted(split, model, folder)
    card = load_backbone(folder)
    data = {**card.data, "kind": kind, "converted": agreements}
    write_card(folder, dataclasses.replace(card, data=data))
    return kind


def compare_converted(split: Split, model: keras.Model, folder: Path) -> dict[str, float]:
    """Return how close converted embeddings of whole held-out negatives are to float ones."""
    card = load_backbone(folder)
    pictures = list_unseen(split)
    converted = embed(folder, split.dataset, pictures)[:, 0].astype(np.float32)
    exact = compute_float_embeddings(split, model, pictures, card)[:, 0].astype(np.float32)
    kernel, bias = (np.asarray(w) for w in model.get_layer("characters").get_weights())
    same = (exact @ kernel + bias).argmax(axis=1) == (converted @ kernel + bias).argmax(axis=1)
    return {
        **dataclasses.asdict(measure_agreement(exact, converted)),
        "same_character": float(same.mean()),
    }


def compute_float_embeddings(
    split: Split, model: keras.Model, pictures: Sequence[LabelledPicture], card: BackboneCard
) -> NDArray[np.float16]:
    """Return the embeddings before conversion, float16 (n, regions, dim), as `embed` does after."""
    backbone = _build_serving(split, model)
    embeddings = []
    for start in range(0, len(pictures), 32):
        chosen = pictures[start : start + 32]
        images = [
            decode_picture(split.dataset, p, side=card.side, resize=card.resize) for p in chosen
        ]
        letterboxed = (letterbox(image, card.side, card.resize) for image in images)
        squares, boxes = zip(*letterboxed, strict=True)
        maps = np.asarray(backbone.predict_on_batch(np.stack(squares).astype(np.float32)))
        embeddings += [
            compute_region_means(feature_map, box, card.scale)
            for feature_map, box in zip(maps, boxes, strict=True)
        ]
    return np.stack(embeddings)


def list_unseen(split: Split) -> list[LabelledPicture]:
    """Return the negatives that no training saw."""
    return [p for p in split.pictures if not p.is_target and p.artwork in split.held_out]


def save_bank(split: Split, pictures: Sequence[LabelledPicture], folder: Path) -> None:
    """Write embeddings of negatives: archives far from all are unlike (`ml.scoring.unlikeness`)."""
    chosen = pictures[:_BANK_PICTURES]
    np.savez(folder / "bank.npz", embeddings=embed(folder, split.dataset, chosen)[:, 0])


def summarize_data(split: Split, rows: NDArray[np.int64]) -> dict[str, Any]:
    """Return the counts of training pictures for a card."""
    trained = [split.pictures[row] for row in rows]
    return {
        "network": name_network(split.config.network),
        "trained_on": len(trained),
        "positives": sum(p.is_target for p in trained),
        "characters": len(split.class_names) - 1,
        "held_out": len(split.select_held_out_rows()),
    }


def _choose_resize(config: TrainConfig) -> Resize:
    return "stretch" if isinstance(config.serving, MonaCNNConfig) else "letterbox"


def _draw_pictures(split: Split, rows: NDArray[np.int64]) -> list[LabelledPicture]:
    """Draw some of the pictures that were trained on."""
    rng = np.random.default_rng(split.config.seed)
    drawn = rng.choice(rows, min(_RANGE_PICTURES, len(rows)), replace=False)
    return [split.pictures[row] for row in drawn]
