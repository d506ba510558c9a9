"""Portraits of the characters."""

from ml.scoring.piles import Pile, Verdict
from ml.sieve.executor import Executor
from tests.webapp.made import drawn, queued, worked_off
from webapp.services import portraits, review, verdicts
from webapp.storage import Stores


def test_the_surest_kept_picture_of_the_last_job_is_the_portrait(
    stores: Stores, executor: Executor
) -> None:
    assert portraits.find_portraits(stores) == {}
    job = worked_off(stores, executor, queued(stores, drawn(8)))
    kept = review.list_pictures(stores, job, Pile.KEPT).pictures
    best = max(kept, key=lambda picture: picture.evidence or 0.0)
    assert portraits.find_portraits(stores) == {"red_circle": (job.id, best.number)}
    verdicts.set_verdict(stores, job.id, best.number, Verdict.IS_NOT)
    assert portraits.find_portraits(stores)["red_circle"] != (job.id, best.number)
