"""Calibration: likelihood ratios, and no more certainty than the pictures give."""

import numpy as np
import pytest

from ml.scoring.calibration import Calibration, calibrate, cross_calibrate


@pytest.mark.parametrize("gain", [0.5, 3.0])
def test_calibrated_evidence_is_the_log_likelihood_ratio(gain: float) -> None:
    rng = np.random.default_rng(2)
    labels = np.arange(40_000) < 4_000
    true = rng.normal(np.where(labels, 2.0, -2.0), 2.0)  # its log-likelihood ratio is itself
    scores = (true / gain + 1).astype(np.float32)
    found = calibrate(scores, labels).compute_evidence(scores)
    np.testing.assert_allclose(found[np.abs(true) < 5], true[np.abs(true) < 5], atol=0.25)


def test_a_perfect_separation_claims_no_certainty() -> None:
    labels = np.arange(60) < 10
    calibration = calibrate(np.where(labels, 1.0, -1.0).astype(np.float32), labels)
    evidence = calibration.compute_evidence(np.array([1.0, -1.0], np.float32))
    assert evidence[0] == pytest.approx(np.log(11 * 5), abs=0.01)  # 11 to 1, where 1 to 5 was due
    assert evidence[1] == pytest.approx(-np.log(51 / 5), abs=0.01)


def test_a_fold_is_calibrated_by_the_others() -> None:
    rng = np.random.default_rng(3)
    labels, folds = np.arange(600) % 3 == 0, np.arange(600) // 200
    scores = rng.normal(np.where(labels, 1.0, -1.0)).astype(np.float32)
    found = cross_calibrate(scores, labels, folds)
    for fold in range(3):
        calibration = calibrate(scores[folds != fold], labels[folds != fold])
        here = calibration.compute_evidence(scores[folds == fold])
        np.testing.assert_allclose(found[folds == fold], here, rtol=1e-6)


def test_pictures_that_nothing_could_recognise_do_not_flatten_the_line_for_the_others() -> None:
    rng = np.random.default_rng(4)
    labels = np.arange(22_000) < 2_000
    true = rng.normal(np.where(labels, 3.0, -3.0), np.sqrt(6.0))  # its own log-likelihood ratio
    true[:400] = rng.normal(-3.0, np.sqrt(6.0), 400)  # a fifth of the positives lapse
    found = calibrate(true.astype(np.float32), labels)
    assert found.slope == pytest.approx(1.0, abs=0.08)
    (high,) = found.compute_evidence(np.array([8.0], np.float32))
    assert high == pytest.approx(np.log(0.8) + 8, abs=0.7)


def test_negatives_stay_rejected_at_high_prevalence() -> None:
    rng = np.random.default_rng(5)
    labels = np.arange(1_359) < 52
    scores = rng.normal(np.where(labels, 4.0, -4.0), 1.5).astype(np.float32)
    scores[:7] = -4.0
    evidence = calibrate(scores, labels).compute_evidence(scores[52:])
    prevalence = 0.9
    kept = 1 / (1 + np.exp(-evidence) * (1 - prevalence) / prevalence) >= 0.3
    assert kept.mean() < 0.1


@pytest.mark.parametrize("positives", [1, 5, 50])
def test_scores_that_say_nothing_are_no_evidence(positives: int) -> None:
    labels = np.arange(200) < positives
    same = calibrate(np.full(200, 3.7, np.float32), labels)
    lower = calibrate(np.where(labels, -1.0, 1.0).astype(np.float32), labels)
    for found in (same, lower):
        assert np.abs(found.compute_evidence(np.array([-9.0, 0.0, 9.0], np.float32))).max() == 0


def test_a_nan_score_is_refused() -> None:
    scores = np.array([0.0, np.nan, 1.0], np.float32)
    with pytest.raises(ValueError, match="not finite"):
        calibrate(scores, np.array([False, False, True]))


def test_a_target_without_lapses_is_scored_by_the_line_alone() -> None:
    scores = np.array([-3.0, 0.0, 4.0], np.float32)
    np.testing.assert_array_equal(Calibration(2.0, 1.0).compute_evidence(scores), [-5.0, 1.0, 9.0])


@pytest.mark.parametrize("lapse", [0.0, 0.1])
def test_the_evidence_of_no_number_is_none(lapse: float) -> None:
    found = Calibration(2.0, 1.0, lapse).compute_evidence(np.array([np.nan, 4.0], np.float32))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(9.0, abs=0.2)
