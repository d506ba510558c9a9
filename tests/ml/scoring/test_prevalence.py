"""How much of an archive shows the target."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.scoring.prevalence import share_of

DISTANCE = 3.0  # between the two bell curves that scores are drawn from


def archive(share: float, pictures: int, seed: int) -> tuple[NDArray[np.float32], float]:
    """Evidence of a simulated archive, calibrated by construction, and its true share."""
    rng = np.random.default_rng(seed)
    hers = rng.random(pictures) < share
    scores = rng.normal(np.where(hers, DISTANCE, 0.0))
    return (DISTANCE * scores - DISTANCE**2 / 2).astype(np.float32), float(hers.mean())


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_the_interval_covers_the_truth_in_at_least_90_of_100_archives(share: float) -> None:
    covered, wide = 0, 0.0
    for seed in range(100):
        evidence, truth = archive(share, 1500, seed)
        estimate = share_of(evidence, prior=0.2)
        covered += estimate.low <= truth <= estimate.high
        wide = max(wide, estimate.high - estimate.low)
    assert covered >= 90
    assert wide < 0.08  # an interval that says nothing would cover too


def test_the_estimate_follows_the_archive_and_not_the_card() -> None:
    for share in (0.01, 0.5):
        evidence, truth = archive(share, 5000, seed=1)
        assert share_of(evidence, prior=0.2).value == pytest.approx(truth, rel=0.2)


def test_an_archive_without_her_says_that_it_is_not_known() -> None:
    evidence, _ = archive(0.0, 400, seed=3)
    estimate = share_of(evidence, prior=0.1)
    assert not estimate.known
    assert estimate.value < 0.02
    assert estimate.high < 0.05


def test_few_pictures_leave_the_card_in_charge() -> None:
    estimate = share_of(np.zeros(2, np.float32), prior=0.05)
    assert estimate.value == pytest.approx(0.05, rel=0.01)
    assert (estimate.low, estimate.high) == (0.0, 1.0)


def test_what_the_user_said_counts() -> None:
    undecided = np.zeros(50, np.float32)
    before = share_of(undecided, prior=0.05)
    after = share_of(undecided, prior=0.05, said=[True] * 18 + [False] * 2)
    assert before.value < 0.1
    assert after.value > 0.5
    assert after.low > 0.5


def test_extreme_scores_do_not_overflow() -> None:
    estimate = share_of(np.array([1e6, -1e6, 1e6, -1e6], np.float32), prior=0.5)
    assert estimate.value == pytest.approx(0.5, abs=0.01)
