"""Review one picture after the other: the queue, and one picture with its neighbours."""

from __future__ import annotations

import dataclasses

from ml.scoring.piles import Pile
from webapp.errors import NotFound
from webapp.records import HIGHEST, Job, Picture
from webapp.services.jobs import require_job
from webapp.services.mistakes import read_misses
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
    left_behind: bool
    """The queue is that of `list_left_behind`."""
    picture: Picture | None
    """None: no picture waits for a verdict."""
    position: int | None
    """The picture's place in the queue, from 0; None: it has a verdict or is in another pile."""
    total: int
    """How many pictures are in the queue."""
    previous: int | None
    next: int | None
    """The numbers of the neighbours in the queue."""
    kept: int
    """How many pictures of the job are kept."""
    history: VerdictHistory


def read_step(
    stores: Stores, job_id: str, pile: Pile | None, at: int | None, *, left_behind: bool = False
) -> ReviewStep:
    """Return the picture with the number `at`, or the first one of the queue.

    Args:
        pile: the pile to review; None: the first one that has something to review.
        left_behind: review the pictures of `list_left_behind` instead.

    Raises NotFound, also for a picture that was never scored.
    """
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        if left_behind:
            pile, queue = Pile.REJECTED, _read_left_behind(tables, job)
        else:
            pile, queue = _read_queue(tables, job, pile)
        number = at if at is not None else next(iter(queue), None)
        position = queue.index(number) if number in queue else None
        return ReviewStep(
            job=job,
            pile=pile,
            left_behind=left_behind,
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


def list_left_behind(stores: Stores, job_id: str) -> list[int]:
    """Return the numbers of the pictures to look at until nearly all misses are found.

    They are not kept and have no verdict; the nearest to the border come first. Raises NotFound.
    """
    with stores.reading() as tables:
        return _read_left_behind(tables, require_job(tables, job_id))


def _read_left_behind(tables: Tables, job: Job) -> list[int]:
    query = PictureQuery.of(job)
    numbers = [
        number
        for pile in (Pile.UNSURE, Pile.REJECTED)
        for number in tables.pictures.list_undecided(query, pile)
    ]
    return numbers[: read_misses(tables, job).to_look_at]


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
