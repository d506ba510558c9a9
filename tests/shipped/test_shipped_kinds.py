"""The shipped backbone tells photographs and pages: its heads were fitted to this very model."""

import functools

import numpy as np
import pytest
from PIL import Image

from bench.made_pages import PageMaker
from ml.sieve.kinds import Kind, KindDetector, load_detector
from ml.targets.catalog import find_target
from tests.shipped.scores import pictures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def detector() -> KindDetector:
    target = find_target("mona")
    return load_detector(target.backbone_folder, target.backbone)


@pytest.mark.parametrize("kind", Kind)
def test_each_head_is_of_this_model(kind: Kind) -> None:
    target = find_target("mona")
    head = np.load(target.backbone_folder / kind.file)
    # If the backbone was replaced on purpose: bench/photographs.py and bench/pages.py, --write
    assert head["model"].tobytes().hex() == target.backbone.model_sha256


@pytest.fixture(scope="module")
def drawings() -> list[Image.Image]:
    return list(pictures())


def test_drawn_pictures_are_hardly_ever_of_a_kind(
    detector: KindDetector, drawings: list[Image.Image]
) -> None:
    kinds = [kind for drawing in drawings for kind in detector.find_kinds(drawing)]
    assert kinds.count(Kind.PHOTOGRAPH) <= 4
    assert kinds.count(Kind.PAGE) <= 4


def test_pages_of_drawn_pictures_are_pages(
    detector: KindDetector, drawings: list[Image.Image]
) -> None:
    maker = PageMaker([functools.partial(Image.Image.copy, one) for one in drawings], seed=1)
    found = [detector.find_kinds(maker.make()) for _ in range(20)]
    assert sum(Kind.PAGE in kinds for kinds in found) >= 15
