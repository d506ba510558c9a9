"""Compare a job's stored embeddings with its rows: a disk may have lost the end of the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from ml.archive.reader import OpenArchive
from ml.errors import ArchiveError
from ml.sieve.embeddings import EmbeddingFile
from ml.targets.catalog import Target, list_targets
from ml.vision.regions import count_regions
from webapp.records import Job, JobState
from webapp.services import jobs
from webapp.services.findings import Finding, name_job
from webapp.storage import Stores


def check_embeddings(stores: Stores, job: Job, *, repair: bool) -> Iterator[Finding]:
    """Yield what is wrong with the embeddings of a job.

    With `repair`, pictures without embeddings are queued to be scored again, and bytes that belong
    to no picture are removed.
    """
    with stores.reading() as tables:
        scored = tables.pictures.list_scored(job.id)  # before the file, which may still grow
    targets = _list_targets(stores, job)
    if not scored or (stores.files.has_embeddings(job.id) and not targets):
        return
    lost: Sequence[int] = scored
    if targets:
        backbone = targets[0].backbone
        file = EmbeddingFile(
            stores.files.embeddings(job.id), regions=count_regions(backbone), dim=backbone.dim
        )
        lost = file.list_lost(scored)
        if not lost:
            yield from _check_end(job, file, repair=repair)
    if not lost:
        return
    sentence = f"The embeddings of {name_job(job)} are gone."
    if stores.files.has_embeddings(job.id):
        sentence = (
            f"The embeddings of {name_job(job)} are cut short: {len(lost):,} of its "
            f"{len(scored):,} pictures have none."
        )
    if not _can_score_again(stores, job, targets):
        yield Finding(f"{sentence} Its results can still be seen. Sieve it again.")
        return
    if repair:
        _score_again(stores, job, lost[0])
        sentence += " These pictures are scored again at the next start."
    yield Finding(sentence, repair)


def _check_end(job: Job, file: EmbeddingFile, *, repair: bool) -> Iterator[Finding]:
    """Whole rows of pictures that are not scored are no damage: a stopped job may leave them."""
    if not job.state.is_over:
        return  # a row is being written
    if surplus := file.count_surplus(job.total):
        yield Finding(
            f"The embeddings of {name_job(job)} have {surplus:,} bytes that belong to no picture.",
            repair,
        )
        if repair:
            file.cut_surplus(job.total)


def _list_targets(stores: Stores, job: Job) -> list[Target]:
    """Return the installed targets that can read the job's embeddings."""
    every = list_targets(stores.files.target_roots)[0]
    return [target for target in every if target.backbone.model_sha256 == job.backbone_sha256]


def _can_score_again(stores: Stores, job: Job, targets: Sequence[Target]) -> bool:
    """Tell whether some pictures can be scored again. A job that was stopped stays so."""
    is_stopped = job.state in (JobState.CANCELLED, JobState.FAILED)
    is_installed = any(target.card.name == job.target for target in targets)
    if is_stopped or job.is_in_trash or not is_installed:
        return False
    try:
        OpenArchive(stores.files.archive(job.id), stores.settings.limits).close()
    except (ArchiveError, OSError):
        return False
    return True


def _score_again(stores: Stores, job: Job, first: int) -> None:
    """Queue a job whose pictures from this number on have no embeddings."""
    with stores.writing() as tables:
        now = jobs.require_job(tables, job.id)
        again = tables.integrity.forget_scored(job.id, first)
        queued = jobs.queue_again(now) if now.state.is_over else now
        tables.jobs.save(dataclasses.replace(queued, done=now.done - again))
