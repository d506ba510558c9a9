"""A training takes as much memory as there is."""

import dataclasses

import pytest

from ml.training.devices import choose_batch
from ml.training.presets import MONA_LITE
from ml.vision.networks import BlockSpec, MonaLiteConfig

pytestmark = pytest.mark.slow
SMALL = MonaLiteConfig(
    side=64,
    dim=4,
    stem=4,
    head=8,
    stages=(BlockSpec(1, 3, 2, 1, 4), *[BlockSpec(1, 3, 2, 2, 6)] * 3),
)


def test_a_batch_is_halved_until_it_fits() -> None:
    config = dataclasses.replace(MONA_LITE, network=SMALL)
    assert choose_batch(config, 10**12) == config.batch
    assert choose_batch(config, 0) == 1
    smaller = dataclasses.replace(config, network=dataclasses.replace(SMALL, side=32))
    free = 10_000_000
    assert 1 < choose_batch(config, free) < choose_batch(smaller, free)
