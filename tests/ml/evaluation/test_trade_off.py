"""What a confidence means where the target is rarer or more common than in its test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml.evaluation.metrics import compute_threshold_curve
from ml.evaluation.trade_off import read_curve
from ml.targets.catalog import find_target

FIGURES: dict[str, Any] = {
    "pictures": 1000,
    "positives": 100,
    "positive_artworks": 100,
    "prevalence": 0.1,
    "threshold_curve": [
        {"threshold": 0.5, "kept": 99, "recall": 0.9},
        {"threshold": 0.9, "kept": 60, "recall": 0.6},
    ],
}


def read(**changed: object) -> Any:
    return read_curve({**FIGURES, **changed}, 0.5)


def test_at_the_tests_own_prevalence_the_figures_are_its_own() -> None:
    lenient, strict = (read().estimate(confidence, 0.1) for confidence in (0.5, 0.9))
    assert lenient.recall.value == pytest.approx(0.9)
    assert lenient.precision.value == pytest.approx(90 / 99)
    assert (strict.recall.value, strict.precision.value) == (pytest.approx(0.6), 1.0)
    assert lenient.beyond == strict.beyond == 0
    for estimate in (lenient.recall, lenient.precision, strict.recall, strict.precision):
        assert 0 <= estimate.low < estimate.value <= estimate.high <= 1


def test_a_confidence_finds_more_where_the_target_is_more_common() -> None:
    curve = read()
    found = [curve.estimate(0.8, prevalence).recall.value for prevalence in (0.05, 0.1, 0.2)]
    assert found == sorted(found)
    assert found[0] < found[2]


def test_more_kept_pictures_are_wrong_where_the_target_is_rare() -> None:
    curve = read(threshold_curve=[{"threshold": t, "kept": 99, "recall": 0.9} for t in (0.1, 0.9)])
    right = [curve.estimate(0.5, prevalence).precision.value for prevalence in (0.05, 0.1, 0.2)]
    assert right == sorted(right)
    assert right[0] == pytest.approx(0.9 * 0.05 / (0.9 * 0.05 + 0.01 * 0.95))


def test_beyond_what_was_measured_the_last_figures_are_given_and_marked() -> None:
    below, above = read().estimate(0.4, 0.1), read().estimate(0.95, 0.1)
    assert (below.beyond, below.recall.value) == (-1, pytest.approx(0.9))
    assert (above.beyond, above.recall.value) == (1, pytest.approx(0.6))


def test_the_rates_are_those_of_simulated_archives() -> None:
    random = np.random.default_rng(3)
    size = 200_000

    def draw(prevalence: float) -> tuple[Any, Any]:
        labels = random.random(size) < prevalence
        evidence = random.normal(np.where(labels, 2.0, -2.0), 2.0)  # of which it is the ratio
        odds = np.exp(evidence) * prevalence / (1 - prevalence)
        return labels, odds / (1 + odds)

    labels, probabilities = draw(0.1)
    curve = read(
        pictures=size,
        positives=int(labels.sum()),
        threshold_curve=compute_threshold_curve(labels, probabilities),
    )
    for prevalence in (0.03, 0.3):
        labels, probabilities = draw(prevalence)
        kept = probabilities >= 0.8
        estimate = curve.estimate(0.8, prevalence)
        assert estimate.recall.value == pytest.approx(kept[labels].mean(), abs=0.03)
        assert estimate.precision.value == pytest.approx(labels[kept].mean(), abs=0.03)


@pytest.mark.parametrize(
    "changed",
    [
        {"pictures": None},
        {"pictures": 100},
        {"positive_artworks": 0},
        {"prevalence": 1.0},
        {"threshold_curve": [{"threshold": 0.5}]},
        {"threshold_curve": [{"threshold": t, "kept": 0, "recall": 0.0} for t in (0.1, 0.9)]},
    ],
)
def test_a_card_without_counts_has_no_trade_off(changed: dict[str, object]) -> None:
    assert read(**changed) is None


def test_the_shipped_cards_figures_come_back() -> None:
    card = find_target("mona").card
    curve = read_curve(card.figures, card.prevalence)
    assert curve
    for point in card.figures["threshold_curve"]:
        estimate = curve.estimate(point["threshold"], curve.prevalence)
        assert estimate.recall.value == pytest.approx(point["recall"])
        assert estimate.precision.value == pytest.approx(point["precision"])
