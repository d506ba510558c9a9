"""Review a result: counts, galleries, another confidence, the user's verdicts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from ml.scoring.piles import Pile, Verdict, compute_evidence_at
from webapp.errors import NotFound, PreferenceRefused
from webapp.records import HIGHEST, GalleryPage, Job, JobTarget, Picture, Summary
from webapp.services.jobs import require_job
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery
from webapp.verdict_records import VerdictHistory

PAGE_PICTURES = 1_000
"""The largest number of pictures in one answer."""

STEPS = 1_000
"""The slider's steps from 0 to 1."""


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """The content of the result page, read in one transaction."""

    job: Job
    targets: list[JobTarget]
    """The targets that the job was scored for."""
    summary: Summary
    page: GalleryPage
    history: VerdictHistory


def read_result(stores: Stores, job_id: str, pile: Pile, *, after: int, limit: int) -> Result:
    """Return a job with its counts and a page of one pile. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        page = _read_gallery(tables, PictureQuery.of(job), pile, after=after, limit=limit)
        targets = tables.jobs.list_targets(job_id)
        history = tables.verdict_log.read_history(job)
        return Result(job, targets, _read_summary(tables, job), page, history)


def read_summary(stores: Stores, job_id: str) -> Summary:
    """Return the result in figures, after the user's verdicts. Raises NotFound."""
    with stores.reading() as tables:
        return _read_summary(tables, require_job(tables, job_id))


def _read_summary(tables: Tables, job: Job) -> Summary:
    average, most_common = tables.pictures.read_seconds(job.id)
    ended = job.finished - job.started if job.started and job.finished else None
    return Summary(
        total=job.total,
        piles=tables.pictures.count_piles(PictureQuery.of(job)),
        seconds=ended.total_seconds() if ended else None,
        average_seconds=average,
        most_common_seconds=most_common,
    )


def count_piles(stores: Stores, job: Job, confidence: float | None = None) -> dict[Pile, int]:
    """Count the pictures in each pile, at the job's thresholds or at a confidence (0..1).

    Once the job is over they add up to its total. Waiting pictures are in no pile.
    """
    with stores.reading() as tables:
        return tables.pictures.count_piles(PictureQuery.of(job, confidence))


def count_kept_at_steps(stores: Stores, job_id: str) -> tuple[list[int], int]:
    """Count the kept pictures at each step of the slider, and the scored pictures.

    Returns: 1001 numbers for the confidences i/1000, as `count_piles` counts, and the number of
        scored pictures. A verdict counts at every confidence. Raises NotFound.
    """
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        _, evidence = tables.scores.read(job.id, job.target)  # (n,), rising
        verdicts = tables.pictures.list_verdicts(PictureQuery.of(job))
    steps = np.array([compute_evidence_at(i / STEPS, job.prevalence) for i in range(STEPS + 1)])
    kept = len(evidence) - np.searchsorted(evidence.astype(np.float64), steps)
    with_verdict = np.sort(np.array([value for value, _ in verdicts], np.float64))
    kept -= len(with_verdict) - np.searchsorted(with_verdict, steps)
    kept += sum(verdict is Verdict.IS for _, verdict in verdicts)
    return [int(number) for number in kept], len(evidence)


def read_gallery(
    stores: Stores,
    job: Job,
    pile: Pile,
    *,
    confidence: float | None = None,
    after: int = 0,
    limit: int = 60,
) -> GalleryPage:
    """Return a page of a pile's pictures, the nearest to the threshold first.

    Kept pictures rise in evidence, rejected and unsure ones fall. Unreadable and skipped ones come
    in archive order. `after` is the `next` of the previous page.
    """
    with stores.reading() as tables:
        query = PictureQuery.of(job, confidence)
        return _read_gallery(tables, query, pile, after=after, limit=limit)


def _read_gallery(
    tables: Tables, query: PictureQuery, pile: Pile, *, after: int, limit: int
) -> GalleryPage:
    limit, after = _bound_page(limit, after, least=0)
    pictures = tables.pictures.list_gallery(query, pile, skip=after, limit=limit + 1)
    return GalleryPage(pictures[:limit], after + limit if len(pictures) > limit else None)


def list_pictures(
    stores: Stores, job: Job, pile: Pile | None = None, *, after: int = -1, limit: int = 100
) -> GalleryPage:
    """Return pictures of a pile, or all, in archive order, above the number `after`."""
    limit, after = _bound_page(limit, after, least=-1)
    with stores.reading() as tables:
        query = PictureQuery.of(job)
        pictures = tables.pictures.list_page(query, pile, after=after, limit=limit + 1)
    shown = pictures[:limit]
    return GalleryPage(shown, shown[-1].number if len(pictures) > limit else None)


def list_pictures_by_number(stores: Stores, job: Job, numbers: Sequence[int]) -> list[Picture]:
    """Return the pictures of these numbers, in their order, without unknown numbers."""
    wanted = [number for number in numbers if number < HIGHEST][:PAGE_PICTURES]
    with stores.reading() as tables:
        return tables.pictures.list_by_number(PictureQuery.of(job), wanted)


def get_picture(stores: Stores, job: Job, number: int) -> Picture:
    """Return one picture of the job. Raises NotFound."""
    pictures = list_pictures_by_number(stores, job, [number])
    if not pictures:
        raise NotFound(f"“{job.name}” has no picture number {number}.")
    return pictures[0]


def _bound_page(limit: int, after: int, *, least: int) -> tuple[int, int]:
    """Return the size and the start of a page, bounded."""
    return min(max(limit, 1), PAGE_PICTURES), min(max(after, least), HIGHEST)


def set_confidence(stores: Stores, job_id: str, confidence: float) -> Job:
    """Move the threshold between kept and rejected. Nothing is scored again.

    Raises PreferenceRefused outside 0..1, NotFound.
    """
    if not 0.0 <= confidence <= 1.0:
        raise PreferenceRefused(f"The confidence must lie between 0 and 1, not at {confidence}.")
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        tables.jobs.set_thresholds(job.id, kept=confidence, unsure=confidence)
    return dataclasses.replace(job, threshold=confidence, unsure_threshold=confidence)
