"""Review a result: counts, galleries, another confidence, the user's verdicts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from ml.scoring.piles import Pile, Thresholds
from webapp.errors import NotFound, PreferenceRefused
from webapp.records import (
    HIGHEST,
    GalleryPage,
    Job,
    JobState,
    JobTarget,
    Picture,
    Summary,
)
from webapp.services.certificate import Certificate, certify
from webapp.services.columns import compute_state
from webapp.services.jobs import require_job
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery, Shown
from webapp.storage.reasons import ReasonGroup
from webapp.verdict_records import VerdictHistory

PAGE_PICTURES = 1_000
"""The largest number of pictures in one answer."""


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """The content of the result page, read in one transaction."""

    job: Job
    targets: list[JobTarget]
    """The targets that the job was scored for."""
    summary: Summary
    bytes: Mapping[Pile, int]
    """The pictures' own sizes, added up."""
    state: str
    """As in `webapp.services.columns.compute_state`."""
    shown: Mapping[Shown, int]
    """How many pictures of the pile each filter shows."""
    page: GalleryPage
    reasons: list[ReasonGroup]
    """The files of a pile without pictures."""
    history: VerdictHistory
    certificate: Certificate | None
    """What a checked sample says about the rejected pile."""
    has_variants: bool
    """Some pictures are variants of one another."""
    split_variants: int
    """Groups of variants whose pictures are in several piles."""

    @property
    def is_nothing_scored(self) -> bool:
        """The job succeeded, but every file is unreadable or skipped."""
        scored = (Pile.KEPT, Pile.UNSURE, Pile.REJECTED)
        succeeded = self.job.state is JobState.SUCCEEDED
        return succeeded and not any(self.summary.piles[pile] for pile in scored)


def read_result(
    stores: Stores, job_id: str, pile: Pile, shown: Shown, *, after: int, limit: int
) -> Result:
    """Return a job with its counts and a page of one pile. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        query, summary = PictureQuery.of(job), _read_summary(tables, job)
        with_verdict = tables.progress.count_with_verdict(query)[pile]
        all_of_pile = summary.piles[pile]
        has_pictures = pile not in (Pile.UNREADABLE, Pile.SKIPPED)
        page = GalleryPage([], None)
        if has_pictures:
            page = _read_gallery(tables, query, pile, shown, after=after, limit=limit)
        return Result(
            job=job,
            targets=tables.jobs.list_targets(job_id),
            summary=summary,
            bytes=tables.columns.measure_piles(query),
            state=compute_state(tables, job),
            shown={
                Shown.REVIEW: all_of_pile - with_verdict,
                Shown.VERDICT: with_verdict,
                Shown.ALL: all_of_pile,
            },
            page=page,
            history=tables.verdict_log.read_history(job),
            certificate=certify(tables, job),
            has_variants=tables.variants.has_any(job_id),
            split_variants=len(tables.variants.list_split(query)),
            reasons=[] if has_pictures else tables.reasons.group(query, pile),
        )


def read_summary(stores: Stores, job_id: str) -> Summary:
    """Return the result in figures, after the user's verdicts. Raises NotFound."""
    with stores.reading() as tables:
        return _read_summary(tables, require_job(tables, job_id))


def _read_summary(tables: Tables, job: Job) -> Summary:
    average, most_common = tables.pictures.read_seconds(job.id)
    ended = job.finished - job.started if job.started and job.finished else None
    return Summary(
        total=job.total,
        piles=tables.progress.count_piles(PictureQuery.of(job)),
        seconds=ended.total_seconds() if ended else None,
        average_seconds=average,
        most_common_seconds=most_common,
    )


def count_piles(stores: Stores, job: Job, confidence: float | None = None) -> dict[Pile, int]:
    """Count the pictures in each pile, at the job's thresholds or at a confidence (0..1).

    Once the job is over they add up to its total. Waiting pictures are in no pile.
    """
    with stores.reading() as tables:
        return tables.progress.count_piles(PictureQuery.of(job, confidence))


def read_gallery(
    stores: Stores,
    job: Job,
    pile: Pile,
    shown: Shown = Shown.ALL,
    *,
    after: int = 0,
    limit: int = 60,
) -> GalleryPage:
    """Return a page of a pile's pictures, the nearest to the threshold first.

    Kept pictures rise in evidence, rejected and unsure ones fall. Unreadable and skipped ones come
    in archive order. `after` is the `next` of the previous page.
    """
    with stores.reading() as tables:
        query = PictureQuery.of(job)
        return _read_gallery(tables, query, pile, shown, after=after, limit=limit)


def _read_gallery(
    tables: Tables, query: PictureQuery, pile: Pile, shown: Shown, *, after: int, limit: int
) -> GalleryPage:
    limit, after = _bound_page(limit, after, least=0)
    pictures = tables.pictures.list_gallery(query, pile, shown, skip=after, limit=limit + 1)
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


def set_confidence(
    stores: Stores, job_id: str, confidence: float, unsure: float | None = None
) -> Job:
    """Move the thresholds of a job. Nothing is scored again.

    Args:
        confidence: from this probability on, a picture is kept.
        unsure: from this one on, it is unsure; None: as before. It never exceeds `confidence`.

    Raises PreferenceRefused outside 0..1, NotFound.
    """
    for value in (confidence, unsure):
        if value is not None and not 0.0 <= value <= 1.0:
            raise PreferenceRefused(
                f"A confidence lies between 0 % and 100 %, not at {100 * value:g} %."
            )
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        lowest = job.unsure_threshold if unsure is None else unsure
        moved = Thresholds.with_band(confidence, lowest)
        tables.jobs.set_thresholds(job.id, kept=moved.kept, unsure=moved.unsure)
    return dataclasses.replace(job, threshold=moved.kept, unsure_threshold=moved.unsure)
