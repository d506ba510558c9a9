"""The shipped backbone tells photographs: what it does so with was fitted to this very model."""

import pytest

from ml.sieve.photographs import load_detector
from ml.targets.catalog import find_target
from tests.shipped.scores import pictures


@pytest.mark.slow
def test_drawn_pictures_are_hardly_ever_photographs() -> None:
    target = find_target("mona")
    detector = load_detector(target.backbone_folder, target.backbone)
    # If the backbone was replaced on purpose: bench/photographs.py --write
    assert detector is not None, "photographs.npz belongs to another model"
    assert sum(map(detector.is_photograph, pictures())) <= 4
