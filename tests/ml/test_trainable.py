"""What a training asks of a backbone is what a sieve will ask."""

import dataclasses

import numpy as np
import pytest

from ml.artifact import BackboneCard
from ml.devices import largest_batch
from ml.looks import looks
from ml.networks import MonaLiteConfig, Stage
from ml.presets import MONA_LITE, Plan

pytestmark = pytest.mark.slow
SMALL = MonaLiteConfig(
    side=64, dim=4, stem=4, head=8, stages=(Stage(1, 3, 2, 1, 4), *[Stage(1, 3, 2, 2, 6)] * 3)
)


def test_the_best_look_of_a_training_is_over_the_looks_of_a_sieve() -> None:
    from ml.trainable import BestLook

    places = np.random.default_rng(0).normal(size=(3, 12, 12, 5)).astype(np.float32)
    layer = BestLook(4, 2)
    np.testing.assert_allclose(np.asarray(layer(places)), places.mean(axis=(1, 2)), atol=1e-5)
    layer.windows = True
    card = BackboneCard(
        *("test", "mona_lite", {}, 384, "letterbox", (12, 12), 5, 4, 2, "", "", "2026-01-01")
    )
    seen = [looks(p, (0, 0, 384, 384), card).astype(np.float64) for p in places]
    wanted = [np.log(np.exp(each).mean(axis=0)) for each in seen]
    np.testing.assert_allclose(np.asarray(layer(places)), wanted, atol=2e-3)


def test_one_network_takes_pictures_of_every_side() -> None:
    from ml.trainable import trainable

    config = dataclasses.replace(MONA_LITE, network=SMALL)
    model = trainable(config, 3, None)
    for side in (32, 64, 96):
        answers = model.predict_on_batch(np.zeros((2, side, side, 3), np.float32))
        assert {name: a.shape for name, a in answers.items()} == {
            "characters": (2, 3),
            "stage": (2, 1),
        }


def test_a_batch_is_halved_until_it_fits() -> None:
    plans = (Plan("target", 1, samples=8, rate=1e-3, side=96),)
    config = dataclasses.replace(MONA_LITE, network=SMALL, plans=plans)
    assert largest_batch(config, 10**12) == config.batch
    assert largest_batch(config, 0) == 1
    smaller = dataclasses.replace(config, plans=(dataclasses.replace(plans[0], side=32),))
    free = 10_000_000
    assert 1 < largest_batch(config, free) < largest_batch(smaller, free)
