"""Looking at a result: counts, galleries, another confidence, the user's own word."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import numpy as np

from ml.scoring.piles import Outcome, Pile, Verdict, compute_evidence_at
from webapp.errors import NotFound, PreferenceRefused
from webapp.records import HIGHEST, GalleryPage, Job, Picture
from webapp.services.jobs import current
from webapp.storage import Stores
from webapp.storage.pictures import PictureQuery

STEPS = 1_000
"""The slider's steps from 0 to 1."""

PAGE_PICTURES = 1_000
"""Most pictures that one answer may hold."""


def counts(stores: Stores, job: Job, confidence: float | None = None) -> dict[Pile, int]:
    """Pictures in each pile, at the job's thresholds or at a confidence (0..1).

    They add up to the job's total once it is over; what waits is in no pile.
    """
    with stores.reading() as tables:
        return tables.pictures.counts(PictureQuery.of(job, confidence))


def kept_at(stores: Stores, job: Job) -> list[int]:
    """How many pictures are kept at each step of the slider: 1001 numbers, at i/1000.

    By the same rule as `counts`: the user's verdicts hold at every confidence.
    """
    with stores.reading() as tables:
        query = PictureQuery.of(job)
        evidence = np.fromiter(tables.pictures.evidence(query), np.float64)  # (n,), rising
        judged = tables.pictures.verdicts_with_evidence(query)
    steps = [compute_evidence_at(step / STEPS, job.prevalence) for step in range(STEPS + 1)]
    cuts = np.array(steps)  # (1001,), rising
    kept = len(evidence) - np.searchsorted(evidence, cuts)
    said = np.sort(np.array([value for value, _ in judged], np.float64))
    kept -= len(said) - np.searchsorted(said, cuts)
    kept += sum(verdict is Verdict.IS for _, verdict in judged)
    return [int(number) for number in kept]


def gallery(
    stores: Stores,
    job: Job,
    pile: Pile,
    *,
    confidence: float | None = None,
    after: int = 0,
    limit: int = 60,
) -> GalleryPage:
    """A page of a pile's pictures, those nearest to the border first.

    Kept ones rise, rejected and unsure ones fall; unreadable and skipped ones come in archive
    order. `after` is what the page before gave as `next`.
    """
    limit, after = _bounded(limit, after, least=0)
    with stores.reading() as tables:
        found = tables.pictures.gallery(
            PictureQuery.of(job, confidence), pile, skip=after, limit=limit + 1
        )
    return GalleryPage(found[:limit], after + limit if len(found) > limit else None)


def pictures(
    stores: Stores, job: Job, pile: Pile | None = None, *, after: int = -1, limit: int = 100
) -> GalleryPage:
    """Pictures of a pile, or of all, in archive order; `after` is the number of the last seen."""
    limit, after = _bounded(limit, after, least=-1)
    with stores.reading() as tables:
        found = tables.pictures.page(PictureQuery.of(job), pile, after=after, limit=limit + 1)
    shown = found[:limit]
    return GalleryPage(shown, shown[-1].number if len(found) > limit else None)


def picture(stores: Stores, job: Job, number: int) -> Picture:
    """One picture of the job. Raises NotFound."""
    with stores.reading() as tables:
        found = tables.pictures.get(PictureQuery.of(job), number) if number < HIGHEST else None
    if found is None:
        raise NotFound(f"“{job.name}” has no picture number {number}.")
    return found


def _bounded(limit: int, after: int, *, least: int) -> tuple[int, int]:
    """A page's size and begin, as near to what was asked for as can be."""
    return min(max(limit, 1), PAGE_PICTURES), min(max(after, least), HIGHEST)


def set_confidence(stores: Stores, job: Job, confidence: float) -> Job:
    """Move the border between kept and rejected; nothing is scored again.

    Raises PreferenceRefused outside 0..1, NotFound.
    """
    if not 0.0 <= confidence <= 1.0:
        raise PreferenceRefused(f"The confidence must lie between 0 and 1, not at {confidence}.")
    with stores.writing() as tables:
        now = current(tables, job.id)
        tables.jobs.set_thresholds(job.id, kept=confidence, unsure=confidence)
    return dataclasses.replace(now, threshold=confidence, unsure_threshold=confidence)


def set_verdict(stores: Stores, job: Job, number: int, verdict: Verdict | None) -> Picture:
    """Say what a picture is, over what the network said; None takes it back.

    It holds for the picture's content and the target: for its copies in this archive and in
    other jobs, too. Returns the picture as it is now. Raises NotFound, also for what was never
    scored: a verdict would move it nowhere.
    """
    with stores.writing() as tables:
        query = PictureQuery.of(current(tables, job.id))
        found = tables.pictures.get(query, number) if number < HIGHEST else None
        if found is None or found.sha256 is None or found.outcome is not Outcome.SCORED:
            raise NotFound(f"“{job.name}” has no readable picture number {number}.")
        tables.verdicts.say(job.user_id, job.target, found.sha256, verdict, now=datetime.now(UTC))
        changed = tables.pictures.get(query, number)
    assert changed is not None  # noqa: S101 - read twice in one transaction
    return changed
