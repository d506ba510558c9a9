"""The review of what was left behind has an end that follows the verdicts."""

from __future__ import annotations

import pytest

from ml.scoring.piles import Pile, Verdict
from webapp.records import Job
from webapp.services import mistakes, review, review_mode, verdicts
from webapp.storage import Stores


@pytest.fixture
def strict_job(stores: Stores, finished_job: Job) -> Job:
    """Everything is rejected, although half of it shows the target."""
    return review.set_confidence(stores, finished_job.id, 1.0, 1.0)


def test_the_queue_ends_when_nearly_all_misses_are_found(stores: Stores, strict_job: Job) -> None:
    queue = review_mode.list_left_behind(stores, strict_job.id)
    everything = review_mode.list_queue(stores, strict_job.id, Pile.REJECTED)
    assert 0 < len(queue) <= len(everything)
    assert queue == everything[: len(queue)]  # the likeliest first
    answered = 0
    while queue:
        picture = review.get_picture(stores, strict_job, queue[0])
        verdict = Verdict.IS if picture.path.startswith("circle") else Verdict.IS_NOT
        verdicts.set_verdict(stores, strict_job.id, picture.number, verdict)
        answered += 1
        queue = review_mode.list_left_behind(stores, strict_job.id)
    assert answered < len(everything)
    misses = mistakes.read_mistakes(stores, strict_job.id).misses
    assert misses.to_look_at == 0
    assert misses.found >= 11  # of 12


def test_nothing_is_to_be_looked_at_if_everything_is_kept(
    stores: Stores, finished_job: Job
) -> None:
    review.set_confidence(stores, finished_job.id, 0.0)
    step = review_mode.read_step(stores, finished_job.id, None, None, left_behind=True)
    assert (step.picture, step.total) == (None, 0)
