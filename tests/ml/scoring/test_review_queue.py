"""A review of what was left behind has an end, and finds about what it says."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.scoring.archive_curve import SEGMENTS, Curves, fit_curves
from ml.scoring.review_queue import count_worth_a_look

SEPARATION = 3.5
CUT = 3.0
ONE_CURVE = Curves(np.zeros((1, 1)), np.ones((1, len(SEGMENTS))), np.zeros((1, 1)))
"""Log-odds are the evidence itself."""


def draw_archive(seed: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return evidence and labels of an archive, the highest evidence first."""
    random = np.random.default_rng(seed)
    labels = random.random(1_000) < 0.2
    centre = SEPARATION**2 / 2
    evidence = random.normal(np.where(labels, centre, -centre), SEPARATION).astype(np.float32)
    order = np.argsort(-evidence)
    return evidence[order], labels[order]


def review(seed: int) -> tuple[int, float]:
    """Answer an archive's pictures below the cut until the queue ends.

    Returns how many were looked at, and the part of the pictures left behind that was found.
    """
    evidence, labels = draw_archive(seed)
    first = int((evidence >= CUT).sum())
    looked = 0
    while True:
        seen = np.arange(first, first + looked)
        rest = np.delete(np.arange(1_000), seen)
        curves = fit_curves(
            evidence[rest], prior=0.05, verdict_evidence=evidence[seen], answers=labels[seen]
        )
        left = count_worth_a_look(
            evidence[first + looked :],
            curves,
            verdict_evidence=evidence[seen],
            answers=labels[seen],
        )
        if left == 0:
            return looked, labels[seen].sum() / labels[first:].sum()
        looked += min(left, 20)


def test_a_review_to_its_end_finds_about_95_percent() -> None:
    reviews = [review(seed) for seed in range(4)]
    assert 0.9 < np.mean([recall for _, recall in reviews]) <= 1.0
    assert max(looked for looked, _ in reviews) < 400  # of 800 below the cut


@pytest.mark.parametrize(
    ("evidence", "found", "looks"),
    [
        ([9.0] * 10 + [-9.0] * 90, 0, 10),  # ten are the target, and nothing else
        ([9.0] * 10 + [-9.0] * 90, 1_000, 0),  # more than 95 % is found
        ([-9.0] * 100, 0, 0),  # nothing is left behind
        ([], 0, 0),
    ],
)
def test_the_end_is_where_nearly_all_are_found(
    evidence: list[float], found: int, looks: int
) -> None:
    values: NDArray[np.float32] = np.array(evidence, np.float32)
    high = np.full(found, 10.0, np.float32)
    answers = np.ones(found, np.bool_)
    looked = count_worth_a_look(values, ONE_CURVE, verdict_evidence=high, answers=answers)
    assert looked == looks


def test_many_wrong_pictures_above_end_the_review() -> None:
    """The curve expects one in ten; of the last 100 that were looked at, none was the target."""
    rest = np.full(1_000, -2.2, np.float32)
    above = np.where(np.arange(200) < 99, 1.0, -2.0).astype(np.float32)
    answers = np.arange(200) < 99
    ends = [
        count_worth_a_look(rest, ONE_CURVE, verdict_evidence=above[:n], answers=answers[:n])
        for n in (99, 200)
    ]
    assert ends[0] > 800
    assert ends[1] == 0


def test_a_wrong_rejection_leaves_less_to_find_but_hardly_sooner() -> None:
    """It says that evidence is worth less here, so what is left may lie further down."""
    evidence, _ = draw_archive(0)
    first = int((evidence >= CUT).sum())
    left, ends = [], []
    for rejected in (0, 1):
        seen = np.arange(first, first + rejected)
        answers = np.zeros(rejected, np.bool_)
        curves = fit_curves(
            np.delete(evidence, seen), prior=0.05, verdict_evidence=evidence[seen], answers=answers
        )
        rest = evidence[first + rejected :]
        left.append(curves.predict(rest.astype(np.float64)).sum(axis=1).mean())
        ends.append(
            rejected
            + count_worth_a_look(rest, curves, verdict_evidence=evidence[seen], answers=answers)
        )
    assert left[1] < 0.7 * left[0]
    assert ends[1] > 0.9 * ends[0]
