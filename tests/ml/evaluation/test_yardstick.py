"""The yardstick: weights, artworks, sources."""

import numpy as np
import pytest

from ml.evaluation import metrics
from ml.evaluation.yardstick import (
    HeldOutPictures,
    compute_average_precision,
    compute_best_f1,
    compute_precision,
    compute_recall,
    make_figures,
    measure,
    repeat_positives,
)

LABELS = np.array([True, True, False, False, False])
SCORES = np.array([5.0, 1.0, 4.0, 0.0, 0.0])


def test_with_equal_weights_the_figures_are_those_of_the_metrics() -> None:
    ones = np.ones(5)
    assert compute_average_precision(LABELS, SCORES, ones) == metrics.compute_average_precision(
        LABELS, SCORES
    )
    assert compute_best_f1(LABELS, SCORES, ones) == pytest.approx(
        metrics.compute_best_f1(LABELS, SCORES)
    )
    table = metrics.PaperTable.of(LABELS, SCORES > 0.5)
    assert compute_precision(LABELS, SCORES > 0.5, ones) == pytest.approx(table.precision)
    assert compute_recall(LABELS, SCORES > 0.5, ones) == pytest.approx(table.recall)


def test_a_negative_that_weighs_twice_is_two_negatives() -> None:
    weights = np.array([1.0, 1.0, 2.0, 1.0, 1.0])
    doubled = np.array([*range(5), 2])
    expected = metrics.compute_average_precision(LABELS[doubled], SCORES[doubled])
    assert compute_average_precision(LABELS, SCORES, weights) == pytest.approx(expected)


def make_pictures(copies: int) -> HeldOutPictures:
    """One artwork that is found, in this many pictures, and one that is missed."""
    labels = np.array([True] * (copies + 1) + [False] * 200)
    rng = np.random.default_rng(0)
    evidence = np.concatenate([np.full(copies, 9.0), [-9.0], rng.normal(-3, 1, 200)])
    return HeldOutPictures(
        labels=labels,
        evidence=evidence,
        probabilities=1 / (1 + np.exp(-evidence)),
        artworks=np.array(["found"] * copies + ["missed"] + [f"n{n}" for n in range(200)]),
        sources=np.array([f"s{n % 7}" for n in range(copies + 201)]),
    )


def test_every_artwork_counts_the_same_however_many_pictures_show_it() -> None:
    readings = {r.name: r for r in measure(make_pictures(copies=9))}
    assert readings["recall at 0.95 by picture"].value == pytest.approx(0.9)
    assert readings["recall at 0.95 by artwork"].value == pytest.approx(0.5)
    assert readings["precision at 0.95 by artwork"].value == 1.0


def test_intervals_hold_their_figure() -> None:
    for reading in measure(make_pictures(copies=3)):
        assert reading.low <= reading.value <= reading.high


def test_one_false_alarm_weighs_as_much_as_in_an_archive_with_two_percent_positives() -> None:
    pictures = make_pictures(copies=4)
    pictures.probabilities[-1] = 0.99
    value = next(r for r in measure(pictures) if r.name == "precision at 0.95 by picture").value
    per_negative = 5 * 49 / 200
    assert value == pytest.approx(4 / (4 + per_negative))


def test_an_archive_with_too_few_positives_repeats_them() -> None:
    labels = np.arange(992) < 10
    rows = repeat_positives(labels)
    assert labels[rows].mean() == pytest.approx(0.02, abs=0.001)
    assert set(rows) == set(range(992))


def test_a_card_gets_the_yardsticks_figures_and_the_counts_behind_them() -> None:
    pictures = make_pictures(copies=9)
    readings = measure(pictures)
    figures = make_figures(pictures, readings)
    assert (figures["positives"], figures["positive_artworks"]) == (10, 2)
    assert figures["average_precision"]["value"] == readings[0].value
    sure = figures["at_0.95"]
    assert (sure["confidence"], sure["kept"], sure["wrongly_kept"]) == (0.95, 9, 0)
    assert sure["recall"]["value"] == pytest.approx(0.9)
    assert sure["precision"]["low"] < 0.5, "one artwork proves no precision of 1"


def test_the_charts_have_counts_of_pictures_and_weighted_rates() -> None:
    pictures = make_pictures(copies=9)
    figures = make_figures(pictures, measure(pictures))
    at_95 = next(point for point in figures["threshold_curve"] if point["threshold"] == 0.95)
    assert (at_95["kept"], at_95["recall"]) == (figures["at_0.95"]["kept"], pytest.approx(0.9))
    assert at_95["precision"] == pytest.approx(figures["at_0.95"]["precision"]["value"])
    parts = figures["reliability"]
    assert sum(part["count"] for part in parts) == len(pictures.labels)
    lowest, highest = parts[0], parts[-1]
    assert highest["observed"] == 1.0
    assert lowest["mean_probability"] < highest["mean_probability"]
    # One of 10 positives is among the lowest; positives have 2 % of all weight, others 98 %.
    others = int((~pictures.labels & (pictures.probabilities < 0.01)).sum()) / 200
    assert lowest["observed"] == pytest.approx(0.002 / (0.002 + 0.98 * others))
