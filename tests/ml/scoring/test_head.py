"""Heads: fitted to the look that shows the target, calibrated on scores they never saw."""

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.metrics import average_precision
from ml.scoring.head import best_look, cross_fit, fit
from ml.targets.card import Head


def archive(
    rng: np.random.Generator, hers: int, others: int, looks: int = 5
) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
    """Noise, and in one look of each picture of the target a direction of its own."""
    labels = np.arange(hers + others) < hers
    vectors = rng.normal(size=(hers + others, looks, 12)).astype(np.float32)
    place = rng.integers(1, looks, hers)
    vectors[np.arange(hers), place, 0] += 6
    vectors[:, 0] = vectors[:, 1:].mean(axis=1)
    return vectors.astype(np.float16), labels


def test_a_head_finds_the_look_that_shows_the_target() -> None:
    rng = np.random.default_rng(0)
    head = fit(*archive(rng, 40, 400))
    unseen, labels = archive(rng, 40, 400)
    looks = average_precision(labels, best_look(head, unseen).astype(np.float64))
    whole = average_precision(labels, (unseen[:, 0].astype(np.float64) @ head.weight))
    assert looks > 0.97 > whole


def test_a_look_must_speak_for_the_target_and_for_nobody_else() -> None:
    looks = np.array([[[2, 0], [0, 2]], [[2, 2], [0, 0]]], np.float16)
    own = Head(np.array([1, 0], np.float32), 0.5)
    assert best_look(own, looks).tolist() == [2.5, 2.5]
    rivals = np.array([[0, 1], [0, 3]], np.float32)
    head = Head(own.weight, own.bias, rivals, np.array([0, -1], np.float32))
    with_rivals = [2.5 - np.log(np.exp(0) + np.exp(-1)), 2.5 - np.log(np.exp(2) + np.exp(5))]
    calm = 0.5 - np.log(np.exp(0) + np.exp(-1))  # the second picture's empty look says more
    np.testing.assert_allclose(best_look(head, looks), [with_rivals[0], calm], rtol=1e-5)


def test_cross_fitted_scores_of_noise_are_no_better_than_chance() -> None:
    rng = np.random.default_rng(1)
    vectors, labels = archive(rng, 20, 180)
    vectors[:, 1:] = rng.normal(size=vectors[:, 1:].shape)
    vectors[:, 0] = rng.normal(size=vectors[:, 0].shape)
    seen = average_precision(labels, best_look(fit(vectors, labels), vectors).astype(np.float64))
    unseen = cross_fit(vectors, labels, np.arange(200) % 5)
    assert seen > 0.3  # a head looks good on what it was fitted to
    assert average_precision(labels, unseen.astype(np.float64)) < 0.25  # chance is 0.1
