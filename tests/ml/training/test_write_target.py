"""Recommended thresholds and figures come from held-out scores."""

import numpy as np

from ml.training.write_target import HeldOut, compute_figures, recommend_thresholds


def make_held_out() -> HeldOut:
    rng = np.random.default_rng(0)
    labels = np.arange(300) < 60
    return HeldOut(
        scores=rng.normal(np.where(labels, 2.0, -2.0)).astype(np.float32),
        labels=labels,
        artworks=np.array([f"artwork {n // 3}" for n in range(300)]),
        folds=np.arange(300) // 3 % 3,
    )


def test_probabilities_are_right_on_average() -> None:
    held_out = make_held_out()
    probabilities = held_out.compute_probabilities()
    assert abs(probabilities.mean() - held_out.labels.mean()) < 0.03


def test_a_threshold_lies_between_the_last_kept_picture_and_the_next() -> None:
    labels = np.array([True, True, False, False])
    probabilities = np.array([0.9, 0.8, 0.3, 0.1])
    (threshold,) = recommend_thresholds(labels, probabilities).values()
    assert 0.3 < threshold < 0.8


def test_a_precise_threshold_is_recommended_if_the_best_f1_is_less_precise() -> None:
    labels = np.array([True] * 9 + [False, True, True, True, False])
    probabilities = np.linspace(0.99, 0.1, 14)
    thresholds = recommend_thresholds(labels, probabilities)
    assert set(thresholds) == {"best_f1", "precision_95"}
    assert thresholds["precision_95"] > thresholds["best_f1"]


def test_figures_count_what_is_kept_at_each_threshold() -> None:
    held_out = make_held_out()
    figures = compute_figures(held_out, {"half": 0.5})
    kept = held_out.compute_probabilities() >= 0.5
    assert figures["positives"] == 60
    assert figures["positive_artworks"] == 20
    assert figures["half"]["kept"] == kept.sum()
    assert figures["half"]["wrongly_kept"] == (kept & ~held_out.labels).sum()
    at_half = next(point for point in figures["threshold_curve"] if point["threshold"] == 0.5)
    assert at_half["kept"] == figures["half"]["kept"]
    assert at_half["recall"] == figures["half"]["recall"]["value"]
    assert sum(part["count"] for part in figures["reliability"]) == len(held_out.labels)
    precision = figures["average_precision"]
    assert 0.9 < precision["low"] <= precision["value"] <= precision["high"] <= 1
