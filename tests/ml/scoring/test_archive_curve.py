"""An archive's curves follow its verdicts."""

import numpy as np
import pytest

from ml.scoring.archive_curve import EvidenceBins, fit_curves

NOBODY = np.zeros(0, np.float32), np.zeros(0, np.bool_)


def test_verdicts_move_the_curve_to_what_they_say() -> None:
    evidence = np.linspace(-8, 8, 200).astype(np.float32)
    level = np.array([2.0])
    nothing, no_answers = NOBODY
    before = fit_curves(evidence, prior=0.05, verdict_evidence=nothing, answers=no_answers)
    asked = np.linspace(1, 3, 20).astype(np.float32)
    after = fit_curves(evidence, prior=0.05, verdict_evidence=asked, answers=asked > 5)
    assert after.predict(level).mean() < 0.1 < before.predict(level).mean()
    assert after.predict(level).std() < before.predict(level).std()


def test_verdicts_of_one_neighbourhood_say_little_about_others() -> None:
    """None of many pictures near the border is right; far above it that says little."""
    evidence = np.linspace(-8, 8, 200).astype(np.float32)
    far = np.array([6.0])
    few, many = (
        fit_curves(
            evidence,
            prior=0.05,
            verdict_evidence=np.linspace(2.0, 2.4, count).astype(np.float32),
            answers=np.zeros(count, np.bool_),
        ).predict(far)
        for count in (12, 120)
    )
    assert many.mean() > 0.6 * few.mean()


def test_probabilities_of_an_unlike_archive_are_drawn_towards_the_middle() -> None:
    evidence = np.linspace(-8, 8, 200).astype(np.float32)
    nothing, no_answers = NOBODY
    like, unlike = (
        fit_curves(
            evidence,
            prior=0.05,
            verdict_evidence=nothing,
            answers=no_answers,
            is_unlike=is_unlike,
        )
        for is_unlike in (False, True)
    )
    high, low = np.array([6.0]), np.array([-6.0])
    assert 0.5 < unlike.predict(high).mean() < like.predict(high).mean()
    assert 0.5 > unlike.predict(low).mean() > like.predict(low).mean()


def test_a_higher_evidence_is_never_less_probable() -> None:
    evidence = np.linspace(-8, 8, 50).astype(np.float32)
    nothing, no_answers = NOBODY
    curves = fit_curves(evidence, prior=0.05, verdict_evidence=nothing, answers=no_answers)
    assert (np.diff(curves.predict(np.linspace(-20, 20, 40)), axis=1) >= 0).all()


def test_evidence_that_is_no_number_is_refused() -> None:
    nothing, no_answers = NOBODY
    infinite = np.array([np.nan], np.float32)
    with pytest.raises(ValueError, match="not finite"):
        fit_curves(infinite, prior=0.05, verdict_evidence=nothing, answers=no_answers)


def test_bins_hold_every_picture_and_end_at_thresholds() -> None:
    evidence = np.array([-1.0, 0.0, 0.5, 2.0], np.float32)
    bins = EvidenceBins.of(evidence, np.array([0.25]))
    assert bins.sizes.sum() == 4
    below = bins.sizes[: np.searchsorted(bins.edges, 0.25) + 1].sum()
    assert below == 2
