"""How much of an archive shows the target."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.scoring.prevalence import estimate_prevalence

DISTANCE = 3.0  # between the two bell curves that scores are drawn from


def archive(prevalence: float, pictures: int, seed: int) -> tuple[NDArray[np.float32], float]:
    """Evidence of a simulated archive, calibrated by construction, and its true prevalence."""
    rng = np.random.default_rng(seed)
    positives = rng.random(pictures) < prevalence
    scores = rng.normal(np.where(positives, DISTANCE, 0.0))
    return (DISTANCE * scores - DISTANCE**2 / 2).astype(np.float32), float(positives.mean())


@pytest.mark.parametrize("prevalence", [0.01, 0.1, 0.5])
def test_the_interval_covers_the_truth_in_at_least_90_of_100_archives(prevalence: float) -> None:
    covered, wide = 0, 0.0
    for seed in range(100):
        evidence, truth = archive(prevalence, 1500, seed)
        estimate = estimate_prevalence(evidence, prior=0.2)
        covered += estimate.low <= truth <= estimate.high
        wide = max(wide, estimate.high - estimate.low)
    assert covered >= 90
    assert wide < 0.08  # an interval that says nothing would cover too


def test_the_estimate_follows_the_archive_and_not_the_card() -> None:
    for prevalence in (0.01, 0.5):
        evidence, truth = archive(prevalence, 5000, seed=1)
        assert estimate_prevalence(evidence, prior=0.2).value == pytest.approx(truth, rel=0.2)


def test_an_archive_without_the_target_says_that_it_is_not_known() -> None:
    evidence, _ = archive(0.0, 400, seed=3)
    estimate = estimate_prevalence(evidence, prior=0.1)
    assert not estimate.is_known
    assert estimate.value < 0.02
    assert estimate.high < 0.05


def test_few_pictures_leave_the_card_in_charge() -> None:
    estimate = estimate_prevalence(np.zeros(2, np.float32), prior=0.05)
    assert estimate.value == pytest.approx(0.05, rel=0.01)
    assert (estimate.low, estimate.high) == (0.0, 1.0)


def test_the_interval_covers_the_truth_where_pictures_have_variants() -> None:
    covered, taken_for_own = 0, 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        sizes = rng.integers(1, 7, 300)
        positives = rng.random(300) < 0.05
        centres = np.repeat(2.0 * rng.normal(np.where(positives, 1.0, -1.0)), sizes)
        evidence = (centres + rng.normal(0, 0.3, len(centres))).astype(np.float32)
        truth = positives @ sizes / len(evidence)
        each = np.repeat(sizes, sizes)
        apart = estimate_prevalence(evidence, prior=0.05)
        grouped = estimate_prevalence(evidence, prior=0.05, group_sizes=each)
        assert grouped.value == apart.value
        covered += bool(grouped.low <= truth <= grouped.high)
        taken_for_own += bool(apart.low <= truth <= apart.high)
    assert covered >= 47
    assert taken_for_own <= 42


def test_only_the_variants_of_the_target_widen_its_interval() -> None:
    evidence = np.repeat(np.array([8.0, -8.0], np.float32), [20, 80])
    alone = np.ones(100, np.int64)
    of_others = np.repeat([1, 5], [20, 80])
    of_target = np.repeat([5, 1], [20, 80])
    plain, negatives, positives = (
        estimate_prevalence(evidence, prior=0.1, group_sizes=sizes)
        for sizes in (alone, of_others, of_target)
    )
    assert plain == estimate_prevalence(evidence, prior=0.1)
    assert negatives.low == pytest.approx(plain.low, abs=0.001)
    assert positives.low < plain.low - 0.04


def test_extreme_scores_do_not_overflow() -> None:
    estimate = estimate_prevalence(np.array([1e6, -1e6, 1e6, -1e6], np.float32), prior=0.5)
    assert estimate.value == pytest.approx(0.5, abs=0.01)


def test_nan_evidence_is_refused_because_it_would_decide_for_all_pictures() -> None:
    with pytest.raises(ValueError, match="not finite"):
        estimate_prevalence(np.array([1.0, np.nan], np.float32), prior=0.1)
