"""What each confidence costs, from a job's scores and the user's verdicts."""

from __future__ import annotations

import numpy as np
import pytest

from bench.large_job import make_job
from ml.scoring.archive_curve import END
from ml.scoring.piles import Pile, Verdict, compute_evidence_at
from webapp.records import Job
from webapp.services import mistakes, review, verdicts
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery


def test_a_job_has_an_estimate_for_every_step_of_the_slider(
    stores: Stores, finished_job: Job
) -> None:
    now = mistakes.read_mistakes(stores, finished_job.id)
    assert len(now.wrong.middle) == len(now.left_behind.middle) == mistakes.STEPS + 1
    assert now.left_behind.high[0] == 0  # all are kept
    assert 0 < now.wrong.middle[0] < 24
    assert now.verdicts == 0
    assert 0 <= now.curve[0] < 0.2 < 0.8 < now.curve[-1] <= 1
    assert (np.diff(now.curve) >= 0).all()


def test_the_steps_tell_confidences_near_certainty_apart(stores: Stores, finished_job: Job) -> None:
    now = mistakes.read_mistakes(stores, finished_job.id)
    for confidence in (0.9996, 0.9999):
        kept = review.count_piles(stores, finished_job, confidence)[Pile.KEPT]
        assert kept  # and probably right
        step = mistakes.find_step(confidence)
        assert now.left_behind.middle[step] < now.left_behind.middle[-1]
        assert now.left_behind.high[step] <= 24 - kept
    assert [mistakes.find_step(confidence) for confidence in (0, 1)] == [0, mistakes.STEPS]


def test_pictures_with_a_verdict_are_no_mistakes(stores: Stores, finished_job: Job) -> None:
    for picture in review.list_pictures(stores, finished_job).pictures:
        if picture.evidence is not None:
            is_circle = picture.path.startswith("circle")
            verdict = Verdict.IS if is_circle else Verdict.IS_NOT
            verdicts.set_verdict(stores, finished_job.id, picture.number, verdict)
    now = mistakes.read_mistakes(stores, finished_job.id)
    assert now.verdicts == 24
    assert now.wrong.high.max() == now.left_behind.high.max() == 0
    assert now.caution is None
    assert review.count_piles(stores, finished_job)[Pile.KEPT] == 12


@pytest.mark.parametrize("confidence", [0.2, 0.8, 0.99])
def test_the_curve_adds_up_about_to_the_estimates(stores: Stores, confidence: float) -> None:
    job = make_job(stores, 2_000, target="red_circle", thumbnails=1)
    now = mistakes.read_mistakes(stores, job.id)
    with stores.reading() as tables:
        evidence = tables.columns.read_scored(PictureQuery.of(job))["evidence"]
    expected = np.interp(evidence, np.linspace(-END, END, len(now.curve)), now.curve)
    is_kept = evidence >= compute_evidence_at(confidence, job.prevalence)
    step = mistakes.find_step(confidence)
    for total, estimates in (
        ((1 - expected)[is_kept].sum(), now.wrong),
        (expected[~is_kept].sum(), now.left_behind),
    ):
        assert estimates.low[step] <= total + 0.5
        assert total <= estimates.high[step]
        assert total == pytest.approx(estimates.middle[step], rel=0.25, abs=3)
