"""Estimated mistakes cover the truth, follow the verdicts, and are the same each time."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.scoring.archive_curve import fit_curves
from ml.scoring.mistakes import Mistakes, estimate_mistakes

THRESHOLDS = np.array([-np.inf, -2.0, 0.0, 2.0, 5.0, 40.0])
SEPARATION = 3.5
NOBODY = np.zeros(0, np.float32), np.zeros(0, np.bool_)


def draw_archive(
    seed: int, *, shift: float = 0.0, prevalence: float = 0.1
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    random = np.random.default_rng(seed)
    labels = random.random(1_000) < prevalence
    centre = SEPARATION**2 / 2
    evidence = random.normal(np.where(labels, centre, -centre), SEPARATION) + shift
    return evidence.astype(np.float32), labels


def estimate(
    evidence: NDArray[np.float32],
    labels: NDArray[np.bool_],
    verdict_evidence: NDArray[np.intp] | None = None,
    *,
    is_unlike: bool = False,
) -> Mistakes:
    """Estimate with verdicts on the pictures at `verdict_evidence`, which are right."""
    if verdict_evidence is None:
        verdict_evidence = np.zeros(0, np.intp)
    rest = np.setdiff1d(np.arange(len(evidence)), verdict_evidence)
    curves = fit_curves(
        evidence[rest],
        prior=0.05,
        verdict_evidence=evidence[verdict_evidence],
        answers=labels[verdict_evidence],
        is_unlike=is_unlike,
    )
    return estimate_mistakes(evidence[rest], THRESHOLDS, curves)


def count_mistakes(
    evidence: NDArray[np.float32], labels: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    kept = evidence[:, None] >= THRESHOLDS
    return (kept & ~labels[:, None]).sum(axis=0), (~kept & labels[:, None]).sum(axis=0)


@pytest.mark.parametrize("shift", [-1.5, 0.0, 1.5])
def test_the_intervals_cover_the_truth(shift: float) -> None:
    covered = []
    for seed in range(20):
        evidence, labels = draw_archive(seed, shift=shift)
        mistakes = estimate(evidence, labels)
        wrong, left_behind = count_mistakes(evidence, labels)
        covered.append((mistakes.wrong.low <= wrong) & (wrong <= mistakes.wrong.high))
        left = mistakes.left_behind
        covered.append((left.low <= left_behind) & (left_behind <= left.high))
    assert np.mean(covered) >= 0.85


def test_intervals_cover_an_archive_of_few_drawings_in_many_copies() -> None:
    """Half of it shows the target, in copies of 20 drawings; the verdicts are near the border."""
    covered = []
    for seed in range(24):
        random = np.random.default_rng(seed)
        labels = random.random(1_000) < 0.5
        copies = random.choice(random.normal(6.0, 3.5, 20), 1_000)
        evidence = np.where(labels, copies, random.normal(-1.0, 1.0, 1_000)).astype(np.float32)
        nearest = np.argsort(np.abs(evidence - 2))[:60]
        rest = np.setdiff1d(np.arange(1_000), nearest)
        mistakes = estimate(evidence, labels, nearest)
        truths = count_mistakes(evidence[rest], labels[rest])
        for one, truth in zip((mistakes.wrong, mistakes.left_behind), truths, strict=True):
            covered.append((one.low <= truth) & (truth <= one.high))
    assert np.mean(covered) >= 0.9


def test_an_archive_known_to_be_unlike_is_covered_by_wider_ranges() -> None:
    """Archives that differ from the calibration twice as far as the usual ones."""
    covered, widths = [], {True: 0.0, False: 0.0}
    for seed in range(24):
        evidence, labels = draw_archive(seed)
        random = np.random.default_rng(100 + seed)
        slope, shift = np.exp(0.6 * random.standard_normal()), 2.0 * random.standard_normal()
        evidence = (slope * evidence + shift).astype(np.float32)
        wrong, left_behind = count_mistakes(evidence, labels)
        for is_unlike in widths:
            mistakes = estimate(evidence, labels, is_unlike=is_unlike)
            for one, truth in ((mistakes.wrong, wrong), (mistakes.left_behind, left_behind)):
                widths[is_unlike] += float((one.high - one.low).sum())
                covered.append((one.low <= truth) & (truth <= one.high))
    assert np.mean(covered) >= 0.9
    assert widths[True] > widths[False]


def test_an_archive_without_the_target_is_not_said_to_be_full_of_it() -> None:
    """A curve that is high everywhere fits it as well, but few archives are full of the target."""
    evidence = np.random.default_rng(0).normal(-2.0, 0.5, 400).astype(np.float32)
    left_behind = estimate(evidence, np.zeros(400, np.bool_)).left_behind
    assert left_behind.middle[3] == 0
    assert left_behind.high[3] < 40


def test_all_is_kept_at_the_lowest_threshold_and_nothing_at_the_highest() -> None:
    evidence, labels = draw_archive(0)
    mistakes = estimate(evidence, labels)
    assert mistakes.left_behind.high[0] == 0
    assert mistakes.wrong.high[-1] == 0
    assert (np.diff(mistakes.left_behind.middle) >= 0).all()
    assert (np.diff(mistakes.wrong.middle) <= 0).all()


def test_verdicts_narrow_the_interval() -> None:
    evidence, labels = draw_archive(0)
    nearest = np.argsort(np.abs(evidence))[:60]
    before = estimate(evidence, labels).left_behind
    after = estimate(evidence, labels, nearest).left_behind
    assert (after.high - after.low)[3] < 0.7 * (before.high - before.low)[3]


def test_verdicts_correct_a_shifted_curve() -> None:
    """Evidence that is too high by 2 makes too many pictures look right until the user looks."""
    evidence, labels = draw_archive(0, shift=2.0)
    nearest = np.argsort(np.abs(evidence - 2.0))[:60]
    rest = np.setdiff1d(np.arange(len(evidence)), nearest)
    wrong, _ = count_mistakes(evidence[rest], labels[rest])
    before = estimate(evidence[rest], labels[rest]).wrong.middle[2]
    after = estimate(evidence, labels, nearest).wrong.middle[2]
    assert abs(after - wrong[2]) < abs(before - wrong[2])


def test_the_same_archive_gives_the_same_numbers() -> None:
    evidence, labels = draw_archive(0)
    first, second = estimate(evidence, labels), estimate(evidence, labels)
    np.testing.assert_array_equal(first.wrong.middle, second.wrong.middle)


def test_an_archive_without_pictures_has_no_mistakes() -> None:
    evidence, answers = NOBODY
    mistakes = estimate(evidence, answers)
    assert mistakes.wrong.high.tolist() == [0.0] * len(THRESHOLDS)
