"""Show, start, stop and resume jobs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime

from ml.archive.reader import Member, list_members
from ml.errors import ArchiveError
from ml.scoring.piles import Pile
from ml.targets.catalog import Target
from webapp.errors import IllegalTransition, NotFound
from webapp.records import LOCAL_USER, Job, JobState, Progress
from webapp.services import targets
from webapp.services.job_log import log_phase
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery

WORKED_ON = (JobState.QUEUED, JobState.RUNNING)
CANCELLED = "not scored: the job was stopped"
FAILED = "not scored: the job failed"
NEWEST_KEPT = 24
LEAST_FREE_BYTES = 2 * 1024**2
"""Below this, a shard's thumbnails do not fit, so scoring cannot continue."""


def get(stores: Stores, job_id: str) -> Job:
    """Return the user's job of this id. Raises NotFound."""
    with stores.reading() as tables:
        return require_job(tables, job_id)


def require_job(tables: Tables, job_id: str) -> Job:
    """Return the job as this transaction sees it.

    Raises NotFound, also for another user's job, one in the trash, and one that is being deleted.
    """
    job = require_row(tables, job_id)
    if job.is_in_trash:
        raise NotFound(f"“{job.name}” is in the trash. You can restore it on the page Jobs.")
    if job.state is JobState.DELETING:
        raise NotFound(f"“{job.name}” is being deleted.")
    return job


def require_row(tables: Tables, job_id: str) -> Job:
    """Return the job as this transaction sees it, even from the trash or half deleted.

    Raises NotFound, also for another user's job.
    """
    job = tables.jobs.get(job_id)
    if job is None or job.user_id != LOCAL_USER:
        raise NotFound(f"There is no job {job_id!r}; it may have been deleted.")
    return job


def start(stores: Stores, job_id: str) -> Job:
    """Queue a job that waits for the Start button. Raises IllegalTransition, NotFound."""
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        if job.state is not JobState.WAITING:
            raise IllegalTransition(f"“{job.name}” has been started already.")
        queued = job.to(JobState.QUEUED)
        tables.jobs.save(queued)
    log_phase(job_id, "queued")
    return queued


def cancel(stores: Stores, job_id: str) -> Job:
    """Stop a job early and keep its results. Raises IllegalTransition, NotFound."""
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        if job.state.is_over:
            raise IllegalTransition(f"“{job.name}” is over: there is nothing left to stop.")
        ended = end(tables, job, JobState.CANCELLED, CANCELLED)
    log_phase(job_id, "cancelled", done=job.done, total=job.total)
    return ended


def put_first(stores: Stores, job_id: str) -> None:
    """Serve a job before the others until it is over. Raises IllegalTransition, NotFound."""
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        if job.state not in WORKED_ON:
            raise IllegalTransition(f"“{job.name}” is not in line: it is {job.state}.")
        tables.jobs.save(dataclasses.replace(job, put_first=datetime.now(UTC)))
    log_phase(job_id, "put first")


def end(tables: Tables, job: Job, state: JobState, reason: str, *, error: str | None = None) -> Job:
    """End a job early. Waiting pictures are skipped with the reason, so that the counts add up."""
    ended = dataclasses.replace(
        job.to(state), error=error, blocked_by=None, finished=datetime.now(UTC)
    )
    left = tables.pictures.skip_waiting(job.id, reason)
    ended = dataclasses.replace(ended, done=job.done + left, rate=None)
    tables.jobs.save(ended)
    return ended


def needs_rescore(stores: Stores, job: Job) -> bool:
    """Tell whether the installed target differs from the one that the job was scored with.

    Raises NotFound or ArtifactError if the target is missing or damaged.
    """
    version, backbone_sha256 = targets.read_installed_version(stores, job.target)
    return (job.target_version, job.backbone_sha256) != (version, backbone_sha256)


def is_outdated(job: Job, target: Target) -> bool:
    """Tell whether the job's scores come from another version of the target or backbone."""
    installed = (target.card.version, target.backbone.model_sha256)
    return (job.target_version, job.backbone_sha256) != installed


def resume(stores: Stores, job_id: str) -> Job:
    """Queue an ended job again, with the installed version of its target.

    A stopped or failed job continues where it ended. A job that succeeded, or that has embeddings
    of another backbone, is scored again from its archive.
    Raises ArchiveError if the archive is gone, IllegalTransition while the job is not over,
    NotFound or ArtifactError if the target is missing.
    """
    archive = stores.files.archive(job_id)
    if not archive.is_file():
        raise ArchiveError("The archive of this job is gone: upload it again.")
    known = get(stores, job_id)
    target = targets.get(stores, known.target)
    # Slow, so it is done before the transaction.
    members = list_members(archive, stores.settings.limits, known.names_encoding)
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        if not job.state.is_over:
            raise IllegalTransition(f"“{job.name}” is not over yet: it is {job.state}.")
        queued = queue_again(job)
        is_other_backbone = job.backbone_sha256 != target.backbone.model_sha256
        if job.state is JobState.SUCCEEDED or is_other_backbone:
            queued = reset(stores, tables, queued, target, members)
        else:
            again = tables.pictures.wait_again(job.id)
            queued = dataclasses.replace(queued, done=queued.done - again)
            tables.jobs.save(queued)
    log_phase(job_id, "queued again", done=queued.done, total=queued.total)
    return queued


def queue_again(job: Job) -> Job:
    """Return an ended job in the queue, as if it had never ended."""
    return dataclasses.replace(
        job.to(JobState.QUEUED), attempts=0, error=None, note=None, finished=None, put_first=None
    )


def reset(
    stores: Stores, tables: Tables, job: Job, target: Target, members: Sequence[Member]
) -> Job:
    """Delete all results of a job and give it the installed version of its target."""
    skipped = sum(member.skip is not None for member in members)
    fresh = dataclasses.replace(
        job,
        target_title=target.card.title,
        target_version=target.card.version,
        backbone_sha256=target.backbone.model_sha256,
        prevalence=target.card.prevalence,
        is_prevalence_known=None,
        unlikeness=None,
        looked_at=0,
        photographs=0,
        pages=0,
        total=len(members),
        skipped=skipped,
        done=skipped,
        rate=None,
        started=None,
    )
    tables.pictures.remove_all(job.id)
    tables.pictures.add(job.id, members)
    tables.jobs.remove_other_targets(fresh)
    tables.jobs.set_target(job.id, fresh.shown_target)
    tables.jobs.save(fresh)
    stores.files.forget_results(job.id)
    return fresh


def read_progress(stores: Stores, job_id: str) -> tuple[Job, Progress]:
    """Return a job and its progress, read from indexes. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        query = PictureQuery.of(job)
        piles = tables.progress.count_piles(query)
        newest = tables.progress.list_newest_kept(query, NEWEST_KEPT) if piles[Pile.KEPT] else []
        others = [other for other in tables.jobs.list_in_state(*WORKED_ON) if other.id != job.id]
        copies = tables.progress.count_copies(job.id)
    before = sum(_goes_before(other, job) for other in others)
    blocked_by = find_blocker(stores, job)
    rate = job.rate if blocked_by is None else None
    left = (job.total - job.done) / rate if rate and not job.state.is_over else None
    progress = Progress(
        state=job.state,
        done=job.done,
        total=job.total,
        pictures_per_second=rate,
        seconds_left=left,
        piles=piles,
        newest_kept=newest,
        copies=copies,
        is_unlike=job.is_unlike,
        kinds=job.kinds,
        is_put_first=job.put_first is not None,
        jobs_before=before,
        jobs_beside=len(others) - before,
        error=job.error,
        note=job.note,
        blocked_by=blocked_by,
    )
    return job, progress


def _goes_before(other: Job, job: Job) -> bool:
    """Tell whether the user put another job before this one."""
    if other.put_first is None:
        return False
    return job.put_first is None or other.put_first > job.put_first


def find_blocker(stores: Stores, job: Job) -> str | None:
    """Return why the runner cannot continue a job now; None if it can."""
    if job.state not in WORKED_ON:
        return None
    if stores.files.free_bytes >= LEAST_FREE_BYTES:
        return job.blocked_by
    return (
        "The disk is full. Make room, for instance by deleting old jobs: this one then continues "
        "by itself."
    )
