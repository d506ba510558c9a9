"""In an archive of several targets, a picture that clearly shows one counts for it alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.scoring.other_targets import subtract_others
from ml.scoring.prevalence import Prevalence, estimate_prevalence

PRIORS = (0.005, 0.005)


def draw(*parts: tuple[int, float, float]) -> NDArray[np.float32]:
    """Evidence of two targets, float32 (2, n): for each part its pictures and both means."""
    random = np.random.default_rng(0)
    columns = [random.normal([first, second], 0.5, (n, 2)) for n, first, second in parts]
    return np.concatenate(columns).T.astype(np.float32)


def count(evidence: NDArray[np.float32]) -> list[Prevalence]:
    """Estimate both prevalences, as the program does."""
    own = subtract_others(evidence, PRIORS)
    return [estimate_prevalence(e, prior=p) for e, p in zip(own, PRIORS, strict=True)]


def test_pictures_of_one_target_that_look_a_little_like_another_do_not_count_for_it() -> None:
    evidence = draw((200, 0.5, 8.0), (100, -1.5, -4.0))
    assert estimate_prevalence(evidence[0], prior=PRIORS[0]).low > 0.1, "alone it is common"
    first, second = count(evidence)
    assert not first.is_known
    assert first.high < 0.05
    assert second.low < 200 / 300 < second.high


def test_pictures_that_clearly_show_one_target_still_count_among_those_of_another() -> None:
    first, second = count(draw((5, 8.0, -2.0), (200, 0.5, 8.0), (100, -1.5, -4.0)))
    assert first.low < 5 / 305 < first.high < 0.1
    assert second.low < 200 / 305 < second.high


def test_a_picture_of_two_targets_counts_for_both() -> None:
    for prevalence in count(draw((40, 9.0, 9.0), (160, -3.0, -3.0))):
        assert prevalence.low < 40 / 200 < prevalence.high


def test_evidence_never_rises() -> None:
    evidence = draw((100, -2.0, 6.0), (100, 6.0, -2.0), (50, -2.0, -2.0), (1, 60.0, 60.0))
    own = subtract_others(evidence, (0.5, 0.9))
    assert np.isfinite(own).all()
    assert (own <= evidence).all()


def test_one_target_alone_and_an_empty_archive_change_nothing() -> None:
    evidence = draw((20, 3.0, 0.0))[:1]
    np.testing.assert_array_equal(subtract_others(evidence, PRIORS[:1]), evidence)
    for empty in (np.zeros((2, 0), np.float32), np.zeros((0, 5), np.float32)):
        assert subtract_others(empty, PRIORS[: len(empty)]).shape == empty.shape
