"""Loss, accuracy and average precision on pictures that no training batch shows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.reader import labels
from ml.evaluation.metrics import average_precision
from ml.training.curriculum import UNKNOWN, Stage, stage_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras
    from numpy.typing import NDArray

    from ml.datasets.reader import Picture
    from ml.training.checkpoint import Row

PARTS = ("characters", "stage")


@dataclasses.dataclass(frozen=True)
class Validation:
    """Pictures that no training batch shows, already laid on their squares."""

    squares: NDArray[np.uint8]  # (n, side, side, 3)
    pictures: tuple[Picture, ...]


def validate(
    model: keras.Model, validation: Validation | None, stage: Stage, names: Sequence[str]
) -> Row:
    """Loss, accuracy and average precision of the stage's question on whole pictures.

    For the characters the average precision is replaced by the accuracy: there is no one class.
    """
    if validation is None or not len(validation.squares):
        return {"val_loss": None, "val_accuracy": None, "val_ap": None}
    yes = stage_labels(stage, validation.pictures)
    if stage.name != "characters" and not (yes != UNKNOWN).any():
        return {"val_loss": None, "val_accuracy": None, "val_ap": None}
    answers = answer(model, validation.squares)
    if stage.name == "characters":
        who = labels(validation.pictures, names)
        known = who > 0
        logits = answers["characters"][known]
        top = logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
        loss = log_sum - np.take_along_axis(logits, who[known][:, None], axis=1)[:, 0]
        right = float((logits.argmax(axis=1) == who[known]).mean())
        return {"val_loss": float(loss.mean()), "val_accuracy": right, "val_ap": right}
    known = yes != UNKNOWN
    logit, truth = answers["stage"][known, 0].astype(np.float64), yes[known]
    loss = np.logaddexp(0, np.where(truth == 1, -logit, logit))
    right = float(((logit > 0) == (truth == 1)).mean())
    ap = average_precision(truth == 1, logit)
    return {"val_loss": float(loss.mean()), "val_accuracy": right, "val_ap": ap}


def answer(model: keras.Model, squares: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """The logits of squares (n, side, side, 3): {"characters": (n, classes), "stage": (n, 1)}."""
    parts: dict[str, list[NDArray[np.float32]]] = {part: [] for part in PARTS}
    for start in range(0, len(squares), 64):
        answers = model.predict_on_batch(squares[start : start + 64].astype(np.float32))
        for part in PARTS:
            parts[part].append(np.asarray(answers[part]))
    return {part: np.concatenate(arrays) for part, arrays in parts.items()}
