"""Loss, accuracy and average precision on pictures that no training batch shows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.splits import encode_classes
from ml.evaluation.metrics import compute_average_precision
from ml.training.curriculum import UNKNOWN, Stage, label_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras
    from numpy.typing import NDArray

    from ml.datasets.reader import LabelledPicture
    from ml.training.checkpoint import EpochRow

_OUTPUTS = ("characters", "stage")
_NOTHING: EpochRow = {"val_loss": None, "val_accuracy": None, "val_ap": None}


@dataclasses.dataclass(frozen=True)
class Validation:
    """Pictures that no training batch shows, as the network gets them."""

    squares: NDArray[np.uint8]  # (n, side, side, 3)
    pictures: tuple[LabelledPicture, ...]


def validate(
    model: keras.Model, validation: Validation | None, stage: Stage, class_names: Sequence[str]
) -> EpochRow:
    """Return loss, accuracy and average precision of the stage's question on whole pictures.

    For the characters, `val_ap` is the accuracy, because there is no single positive class.
    """
    if validation is None or not len(validation.squares):
        return dict(_NOTHING)
    if stage.name == "characters":
        classes = encode_classes(validation.pictures, class_names)
        return _rate_characters(predict(model, validation.squares)["characters"], classes)
    labels = label_pictures(stage, validation.pictures)
    if not (labels != UNKNOWN).any():
        return dict(_NOTHING)
    return _rate_answers(predict(model, validation.squares)["stage"][:, 0], labels)


def _rate_characters(logits: NDArray[np.float32], classes: NDArray[np.int64]) -> EpochRow:
    """Rate the pictures that show a known character."""
    logits, classes = logits[classes > 0], classes[classes > 0]
    if not len(classes):
        return dict(_NOTHING)
    top = logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
    loss = log_sum - np.take_along_axis(logits, classes[:, None], axis=1)[:, 0]
    accuracy = float((logits.argmax(axis=1) == classes).mean())
    return {"val_loss": float(loss.mean()), "val_accuracy": accuracy, "val_ap": accuracy}


def _rate_answers(answers: NDArray[np.float32], labels: NDArray[np.int64]) -> EpochRow:
    """Rate the pictures whose answer is known."""
    known = labels != UNKNOWN
    logits, positive = answers[known].astype(np.float64), labels[known] == 1
    loss = np.logaddexp(0, np.where(positive, -logits, logits))
    return {
        "val_loss": float(loss.mean()),
        "val_accuracy": float(((logits > 0) == positive).mean()),
        "val_ap": compute_average_precision(positive, logits),
    }


def predict(model: keras.Model, squares: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Return the logits of squares (n, side, side, 3).

    Returns: {"characters": (n, classes), "stage": (n, 1)}.
    """
    parts: dict[str, list[NDArray[np.float32]]] = {name: [] for name in _OUTPUTS}
    for start in range(0, len(squares), 64):
        outputs = model.predict_on_batch(squares[start : start + 64].astype(np.float32))
        for name in _OUTPUTS:
            parts[name].append(np.asarray(outputs[name]))
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}
