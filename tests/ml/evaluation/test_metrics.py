"""The paper's tables, precision and recall, and intervals over artworks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.evaluation.metrics import (
    PaperTable,
    bootstrap,
    compare,
    compute_average_precision,
    compute_constant_log_likelihood,
    compute_curve,
    compute_negative_log_likelihood,
    compute_reliability,
    compute_wilson_interval,
    estimate_rate,
)


def test_the_papers_first_table_comes_out_of_its_counts() -> None:
    without_transfer = PaperTable(2268, 156, 420, unidentified=55, misidentified=319)
    assert without_transfer.misclassified == 374
    assert round(100 * without_transfer.absolute_accuracy, 2) == 83.51
    assert round(100 * without_transfer.single_class_accuracy, 2) == 64.74


def test_the_papers_second_table_comes_out_of_its_counts() -> None:
    with_transfer = PaperTable(2268, 156, 188, unidentified=25, misidentified=57)
    assert with_transfer.misclassified == 82
    assert round(100 * with_transfer.absolute_accuracy, 2) == 96.38
    assert round(100 * with_transfer.single_class_accuracy, 2) == 83.97


def test_the_figures_of_its_program_come_out_of_its_counts() -> None:
    table = PaperTable(5342, 825, 805, unidentified=141, misidentified=121)
    assert round(100 * table.precision, 1) == 85.0
    assert round(100 * table.recall, 1) == 82.9
    assert round(100 * table.f1, 1) == 83.9
    assert round(100 * table.absolute_accuracy, 1) == 95.1


def test_a_table_is_counted_from_labels() -> None:
    labels = np.array([True, True, True, False, False])
    kept = np.array([True, False, True, True, False])
    assert PaperTable.of(labels, kept) == PaperTable(5, 3, 3, unidentified=1, misidentified=1)


def test_nothing_kept_and_nothing_there_is_no_division_by_zero() -> None:
    table = PaperTable.of(np.array([False]), np.array([False]))
    assert (table.precision, table.recall, table.f1, table.absolute_accuracy) == (0, 0, 0, 1)


def test_average_precision_of_a_known_order() -> None:
    labels = np.array([True, False, True, False])
    scores = np.array([4.0, 3.0, 2.0, 1.0])
    assert compute_average_precision(labels, scores) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert compute_average_precision(labels, -scores) == pytest.approx(0.5 * 1 / 2 + 0.5 * 2 / 4)
    assert compute_average_precision(np.array([False]), np.array([1.0])) == 0.0


def test_pictures_of_one_score_count_together_whatever_their_order() -> None:
    labels = np.array([True, False, False, False])
    assert compute_average_precision(labels, np.zeros(4)) == compute_average_precision(
        labels[::-1], np.zeros(4)
    )
    assert compute_average_precision(labels, np.zeros(4)) == pytest.approx(0.25)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=1, max_size=30).filter(
        lambda rows: any(label for label, _ in rows)
    )
)
def test_the_curve_agrees_with_counting(rows: list[tuple[bool, int]]) -> None:
    labels = np.array([label for label, _ in rows])
    scores = np.array([float(score) for _, score in rows])
    curve = compute_curve(labels, scores)
    for threshold, precision, recall in zip(
        curve.thresholds, curve.precision, curve.recall, strict=True
    ):
        table = PaperTable.of(labels, scores >= threshold)
        assert precision == pytest.approx(table.precision)
        assert recall == pytest.approx(table.recall)
    best, threshold = curve.find_best_f1()
    assert best == pytest.approx(PaperTable.of(labels, scores >= threshold).f1)


def test_the_threshold_for_a_precision_is_the_lowest_that_has_it() -> None:
    labels = np.array([True, True, False, True, False])
    curve = compute_curve(labels, np.array([5.0, 4.0, 3.0, 2.0, 1.0]))
    assert curve.find_threshold(0.75) == 2.0
    assert curve.find_threshold(0.95) == 4.0
    assert compute_curve(~labels, np.array([5.0, 4, 3, 2, 1])).find_threshold(0.95) is None


def test_the_interval_knows_that_pictures_of_one_artwork_are_one_draw() -> None:
    rng = np.random.default_rng(0)
    labels = np.array([True] * 40 + [False] * 200)
    of_artwork = np.repeat(rng.normal(2.0, 1.5, 4), 10)  # 4 artworks of 10 pictures each
    scores = np.concatenate([of_artwork, rng.normal(size=200)])
    each = np.array([f"picture {n}" for n in range(240)])
    artworks = np.array([f"artwork {n // 10}" for n in range(40)] + list(each[40:]))
    narrow = bootstrap(compute_average_precision, labels, scores, each, draws=200)
    honest = bootstrap(compute_average_precision, labels, scores, artworks, draws=200)
    assert honest[1] - honest[0] > 1.5 * (narrow[1] - narrow[0])
    assert narrow[0] <= compute_average_precision(labels, scores) <= narrow[1]


def test_likelihood_of_a_good_and_of_the_constant_predictor() -> None:
    labels = np.array([True, False, False, False])
    assert compute_constant_log_likelihood(labels) == pytest.approx(
        -np.log([0.25] + [0.75] * 3).mean()
    )
    good = compute_negative_log_likelihood(labels, np.array([0.9, 0.1, 0.1, 0.1]))
    assert good == pytest.approx(-np.log(0.9))
    assert np.isfinite(compute_negative_log_likelihood(labels, np.array([0.0, 1.0, 0.0, 0.0])))


def test_the_reliability_table_counts_every_picture_once() -> None:
    probabilities = np.array([0.0, 0.04, 0.5, 0.97, 1.0])
    labels = np.array([False, False, True, True, True])
    bins = compute_reliability(labels, probabilities, (0.0, 0.05, 0.5, 0.95, 1.0))
    assert [(b.low, b.count, b.observed) for b in bins] == [
        (0.0, 2, 0.0),
        (0.5, 1, 1.0),
        (0.95, 2, 1.0),
    ]
    assert bins[0].mean_probability == pytest.approx(0.02)


def test_wilsons_interval_is_that_of_the_books() -> None:
    assert compute_wilson_interval(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert compute_wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert compute_wilson_interval(0, 0) == (0.0, 1.0)


def test_no_error_in_a_few_artworks_is_no_certainty() -> None:
    labels = np.arange(60) < 20
    groups = np.array([f"a{n % 4}" if positive else f"b{n}" for n, positive in enumerate(labels)])
    rate = estimate_rate("precision", labels, labels & (np.arange(60) < 10), groups)
    low, _ = compute_wilson_interval(4, 4)  # ten pictures, but only four artworks
    assert rate == {"value": 1.0, "low": low, "high": 1.0}
    with_errors = estimate_rate("precision", labels, np.arange(60) < 30, groups)
    assert with_errors["low"] < with_errors["value"] < with_errors["high"]


def test_a_difference_is_sure_where_both_scores_share_the_hard_artworks() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(120) < 40
    artworks = np.array([f"artwork {n // 4}" for n in range(120)])
    reference = rng.normal(size=120) + labels
    better = reference + 0.8 * labels
    value, low, high = compare(compute_average_precision, labels, better, reference, artworks)
    assert 0 < low < value < high
    assert compare(compute_average_precision, labels, reference, reference, artworks) == (
        0.0,
        0.0,
        0.0,
    )
