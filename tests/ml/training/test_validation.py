"""Validation: loss, accuracy and average precision of a stage's question."""

import numpy as np
import pytest

from ml.training.curriculum import STAGES
from ml.training.validation import Validation, validate
from tests.ml.datasets.pictures import make_picture

PICTURES = (
    make_picture("m1", "Mona", is_target=True),
    make_picture("m2", "Mona", is_target=True),
    make_picture("o1", "other"),
    make_picture("l1", "Lime"),
)
NAMES = ("other", "Lime", "Mona")


class Answers:
    """A model with fixed outputs."""

    def predict_on_batch(self, _: object) -> dict[str, object]:
        stage = np.array([[3.0], [-1.0], [1.0], [-2.0]], np.float32)
        characters = np.eye(3, dtype=np.float32)[[2, 1, 2, 1]] * 9
        return {"characters": characters, "stage": stage}


VALIDATION = Validation(np.zeros((4, 8, 8, 3), np.uint8), PICTURES)


def test_the_targets_question_is_rated_by_average_precision() -> None:
    row = validate(Answers(), VALIDATION, STAGES["target"], NAMES)
    assert row["val_accuracy"] == 0.5
    assert row["val_ap"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert row["val_loss"] == pytest.approx(np.logaddexp(0, [-3, 1, 1, -2]).mean())


def test_characters_are_rated_without_pictures_that_show_none() -> None:
    row = validate(Answers(), VALIDATION, STAGES["characters"], NAMES)
    assert row["val_accuracy"] == row["val_ap"] == pytest.approx(2 / 3)


def test_without_pictures_or_answers_nothing_is_rated() -> None:
    empty = Validation(np.zeros((0, 8, 8, 3), np.uint8), ())
    for validation, stage in ((None, "target"), (empty, "target"), (VALIDATION, "gender")):
        row = validate(Answers(), validation, STAGES[stage], NAMES)
        assert row == {"val_loss": None, "val_accuracy": None, "val_ap": None}
