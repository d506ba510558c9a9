"""A training may start from a trained backbone, if its weights are the card's."""

from pathlib import Path

import numpy as np
import pytest

from ml.errors import ArtifactError
from ml.training.weights import Start, load_backbone_weights
from ml.vision.networks import MonaLiteConfig, build, get_weights
from tests.red_circle.artifact import CNN, LITE

pytestmark = pytest.mark.slow


def copy_backbone(red_circle: Path, folder: Path) -> Path:
    folder.mkdir()
    for name in ("card.json", "weights.npz", "model.tflite"):
        (folder / name).write_bytes((red_circle / LITE.backbone / name).read_bytes())
    return folder


def test_the_weights_of_a_trained_backbone_are_loaded(red_circle: Path) -> None:
    backbone = build(LITE.config)
    load_backbone_weights(backbone, red_circle / LITE.backbone)
    with np.load(red_circle / LITE.backbone / "weights.npz") as stored:
        for name, array in get_weights(backbone).items():
            np.testing.assert_array_equal(array, stored[name])


def test_other_weights_than_the_cards_are_refused(red_circle: Path, tmp_path: Path) -> None:
    folder = copy_backbone(red_circle, tmp_path / "tiny")
    (folder / "weights.npz").write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(ArtifactError, match=r"weights\.npz is not the one its card was written"):
        load_backbone_weights(build(LITE.config), folder)
    (folder / "weights.npz").unlink()
    with pytest.raises(ArtifactError, match=r"there is no weights\.npz"):
        load_backbone_weights(build(LITE.config), folder)


def test_weights_of_another_network_are_refused(red_circle: Path) -> None:
    other = build(MonaLiteConfig(side=64, dim=4, stem=4, head=8, stages=LITE.config.stages[:1]))  # type: ignore[union-attr]
    with pytest.raises(ArtifactError, match="weights do not fit the network"):
        load_backbone_weights(other, red_circle / LITE.backbone)
    assert CNN.backbone != LITE.backbone


def test_the_digest_is_that_of_the_file_in_use(red_circle: Path, tmp_path: Path) -> None:
    imagenet = tmp_path / "imagenet.npz"
    imagenet.write_bytes(b"weights")
    folder = red_circle / LITE.backbone
    digests = {
        start.compute_digest()
        for start in (Start(), Start(imagenet), Start(backbone=folder), Start(imagenet, folder))
    }
    assert "" in digests
    assert len(digests) == 3  # a backbone is used instead of ImageNet weights
