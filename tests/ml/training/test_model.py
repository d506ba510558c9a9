"""The trained network: a backbone, the mean over its cells, two linear outputs."""

import numpy as np
import pytest

from ml.training.cross_validation import read_binary_head, read_class_head
from ml.training.model import build_trainable, freeze_blocks, get_backbone
from ml.training.presets import TINY
from ml.training.weights import Start
from ml.vision.networks import MonaLiteConfig, build
from tests.red_circle.artifact import LITE

pytestmark = pytest.mark.slow


def test_heads_read_from_a_network_score_as_its_outputs_do() -> None:
    model = build_trainable(TINY, 5, Start())
    squares = np.random.default_rng(0).uniform(0, 255, (3, 48, 48, 3)).astype(np.float32)
    outputs = {name: np.asarray(o) for name, o in model.predict_on_batch(squares).items()}
    means = np.asarray(get_backbone(model, TINY).predict_on_batch(squares)).mean(axis=(1, 2))
    binary, of_class = read_binary_head(model), read_class_head(model, 2)
    np.testing.assert_allclose(
        means @ binary.weight + binary.bias, outputs["stage"][:, 0], rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(
        means @ of_class.weight + of_class.bias, outputs["characters"][:, 2], rtol=1e-4, atol=1e-4
    )
    assert of_class.rivals.shape == (4, 16)


def test_frozen_blocks_are_the_first_ones() -> None:
    assert isinstance(LITE.config, MonaLiteConfig)
    backbone = build(LITE.config)
    freeze_blocks(backbone, 2)
    trainable = {
        layer.name.split("_")[1]
        for layer in backbone.layers
        if layer.trainable and layer.name.startswith("blocks_")
    }
    assert trainable == {"2", "3", "4"}
    assert not backbone.get_layer("conv_stem").trainable
    freeze_blocks(backbone, 0)
    assert all(layer.trainable for layer in backbone.layers)
