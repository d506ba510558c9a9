"""Review a pile picture by picture: the queue, and one picture with its neighbours."""

from __future__ import annotations

import dataclasses

from ml.scoring.piles import Pile
from webapp.errors import NotFound
from webapp.records import HIGHEST, Job, Picture
from webapp.services.jobs import require_job
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery
from webapp.verdict_records import VerdictHistory

REVIEWED = (Pile.UNSURE, Pile.REJECTED, Pile.KEPT)
"""The piles that a verdict can change, in the order in which a review offers them."""


@dataclasses.dataclass(frozen=True, slots=True)
class ReviewStep:
    """One picture of a review."""

    job: Job
    pile: Pile
    picture: Picture | None
    """None: no picture of the pile waits for a verdict."""
    position: int | None
    """The picture's place in the queue, from 0; None: it has a verdict or is in another pile."""
    total: int
    """How many pictures of the pile have no verdict."""
    previous: int | None
    next: int | None
    """The numbers of the neighbours in the queue."""
    kept: int
    """How many pictures of the job are kept."""
    history: VerdictHistory


def read_step(stores: Stores, job_id: str, pile: Pile | None, at: int | None) -> ReviewStep:
    """Return the picture with the number `at`, or the first one of the queue.

    Args:
        pile: the pile to review; None: the first one that has something to review.

    Raises NotFound, also for a picture that was never scored.
    """
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        pile, queue = _read_queue(tables, job, pile)
        number = at if at is not None else next(iter(queue), None)
        position = queue.index(number) if number in queue else None
        return ReviewStep(
            job=job,
            pile=pile,
            picture=None if number is None else _require_scored(tables, job, number),
            position=position,
            total=len(queue),
            previous=queue[position - 1] if position else None,
            next=_find_next(queue, position),
            kept=tables.progress.count_piles(PictureQuery.of(job))[Pile.KEPT],
            history=tables.verdict_log.read_history(job),
        )


def _find_next(queue: list[int], position: int | None) -> int | None:
    following = 0 if position is None else position + 1
    return queue[following] if following < len(queue) else None


def list_queue(stores: Stores, job_id: str, pile: Pile | None) -> list[int]:
    """Return the numbers of a pile's pictures that have no verdict, in the order of the review.

    Raises NotFound.
    """
    with stores.reading() as tables:
        return _read_queue(tables, require_job(tables, job_id), pile)[1]


def _read_queue(tables: Tables, job: Job, pile: Pile | None) -> tuple[Pile, list[int]]:
    """Return a pile with its queue: the given one, or the first one whose queue is not empty."""
    query = PictureQuery.of(job)
    for candidate in (pile,) if pile else REVIEWED:
        if queue := tables.pictures.list_undecided(query, candidate):
            return candidate, queue
    return pile or Pile.KEPT, []


def read_picture(stores: Stores, job_id: str, number: int) -> tuple[Job, Picture]:
    """Return a job and one of its scored pictures. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        return job, _require_scored(tables, job, number)


def _require_scored(tables: Tables, job: Job, number: int) -> Picture:
    numbers = [number] if 0 <= number < HIGHEST else []
    for picture in tables.pictures.list_by_number(PictureQuery.of(job), numbers):
        if picture.probability is not None:
            return picture
    raise NotFound(f"“{job.name}” has no scored picture number {number}.")
