"""The tests' own target is good enough to tell stories with."""

from pathlib import Path

import numpy as np
import pytest

from ml.scoring.head import compute_evidence
from ml.scoring.piles import compute_probability
from ml.targets.catalog import find_target
from ml.vision.backbone import Backbone
from tests.red_circle import artifact
from tests.red_circle.drawing import draw, drawings


@pytest.mark.slow
def test_it_tells_red_circles_from_everything_else(red_circle: Path) -> None:
    target = find_target(artifact.NAME, (red_circle,))
    predictor = Backbone(target.backbone_folder)
    drawn = list(drawings(99, 100))
    embeddings = np.stack([predictor.embed(one.image) for one in drawn])
    values = compute_evidence(target.head, target.card.calibration, embeddings)
    kept = [compute_probability(float(value), target.card.prevalence) >= 0.95 for value in values]
    right = [found == one.is_red_circle for found, one in zip(kept, drawn, strict=True)]
    assert sum(right) >= 97
    assert not any(found and not one.is_red_circle for found, one in zip(kept, drawn, strict=True))


def test_its_backbone_is_smaller_than_a_picture(red_circle: Path) -> None:
    assert (red_circle / artifact.LITE.backbone / "model.tflite").stat().st_size < 100_000


def test_the_same_seed_draws_the_same_picture() -> None:
    first, again = (draw(5, red_circle=True).tobytes() for _ in range(2))
    assert first == again
    assert first != draw(6, red_circle=True).tobytes()
