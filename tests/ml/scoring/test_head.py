"""Heads: fitted to the region that shows the target."""

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.metrics import compute_average_precision
from ml.scoring.head import Head, cross_fit, fit_head, score_best_region


def archive(
    rng: np.random.Generator, positives: int, negatives: int, regions: int = 5
) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
    """Noise, and in one region of each positive a direction of its own."""
    labels = np.arange(positives + negatives) < positives
    vectors = rng.normal(size=(positives + negatives, regions, 12)).astype(np.float32)
    region = rng.integers(1, regions, positives)
    vectors[np.arange(positives), region, 0] += 6
    vectors[:, 0] = vectors[:, 1:].mean(axis=1)
    return vectors.astype(np.float16), labels


def test_a_head_finds_the_region_that_shows_the_target() -> None:
    rng = np.random.default_rng(0)
    head = fit_head(*archive(rng, 40, 400))
    unseen, labels = archive(rng, 40, 400)
    regions = compute_average_precision(labels, score_best_region(head, unseen).astype(np.float64))
    whole = compute_average_precision(labels, (unseen[:, 0].astype(np.float64) @ head.weight))
    assert regions > 0.97 > whole


def test_the_rivals_log_sum_exp_is_subtracted() -> None:
    regions = np.array([[[2, 0], [0, 2]], [[2, 2], [0, 0]]], np.float16)
    own = Head(np.array([1, 0], np.float32), 0.5)
    assert score_best_region(own, regions).tolist() == [2.5, 2.5]
    rivals = np.array([[0, 1], [0, 3]], np.float32)
    head = Head(own.weight, own.bias, rivals, np.array([0, -1], np.float32))
    with_rivals = [2.5 - np.log(np.exp(0) + np.exp(-1)), 2.5 - np.log(np.exp(2) + np.exp(5))]
    calm = 0.5 - np.log(np.exp(0) + np.exp(-1))  # the second picture's empty region scores higher
    np.testing.assert_allclose(score_best_region(head, regions), [with_rivals[0], calm], rtol=1e-5)


def test_cross_fitted_scores_of_noise_are_no_better_than_chance() -> None:
    rng = np.random.default_rng(1)
    vectors, labels = archive(rng, 20, 180)
    vectors[:, 1:] = rng.normal(size=vectors[:, 1:].shape)
    vectors[:, 0] = rng.normal(size=vectors[:, 0].shape)
    seen = compute_average_precision(
        labels, score_best_region(fit_head(vectors, labels), vectors).astype(np.float64)
    )
    unseen = cross_fit(vectors, labels, np.arange(200) % 5)
    assert seen > 0.3  # a head does well on the pictures it was fitted to
    assert compute_average_precision(labels, unseen.astype(np.float64)) < 0.25  # chance is 0.1
