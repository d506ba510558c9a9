"""Job queue of the runner: claim, requeue, release, finish, fail."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ml.archive.reader import list_members
from ml.disk import is_disk_full
from ml.errors import MonaError, StorageFull, TemporaryFailure
from ml.sieve.run import Run
from ml.targets.catalog import Target
from webapp.records import Job, JobState
from webapp.services import jobs, preferences, restore, targets
from webapp.services.job_log import log_phase
from webapp.storage import Stores
from webapp.storage.results import SqlResults

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often a runner may die over a job that makes no progress before the job fails."""


def requeue_orphans(stores: Stores) -> None:
    """Requeue jobs of a runner that died; fail those with three attempts without progress.

    Only the lane's runner may call this, before it claims jobs.
    """
    with stores.writing() as tables:
        orphans = tables.jobs.list_in_state(JobState.RUNNING)
        for job in orphans:
            if job.attempts < ATTEMPTS:
                tables.jobs.save(job.to(JobState.QUEUED))
                continue
            error = (
                f"MonaSieve stopped {job.attempts} times while this job ran, without any progress "
                "in between. The pictures that were done keep their results. Continue tries again."
            )
            jobs.end(tables, job, JobState.FAILED, jobs.FAILED, error=error)
    for job in orphans:
        phase = "queued after a crash" if job.attempts < ATTEMPTS else "failed"
        log_phase(job.id, phase, attempts=job.attempts, done=job.done, total=job.total)


def claim(stores: Stores) -> list[tuple[Job, Run]]:
    """Set all queued jobs to running. Returns each with its run.

    A job that was queued for another version of its target is scored with the installed one. A
    job whose target or archive is gone fails. Raises TemporaryFailure; other jobs stay queued.
    """
    with stores.reading() as tables:
        queued = tables.jobs.list_in_state(JobState.QUEUED)
    claimed = []
    for job in queued:
        try:
            claimed.append(_claim(stores, job))
        except Exception as error:
            if is_temporary(error):
                raise
            fail(stores, job.id, error)
    return claimed


def _claim(stores: Stores, job: Job) -> tuple[Job, Run]:
    target = targets.get(stores, job.target)
    members = None
    if job.backbone_sha256 != target.backbone.model_sha256:
        archive = stores.files.archive(job.id)
        members = list_members(archive, stores.settings.limits, job.names_encoding)
    elif jobs.is_outdated(job, target):
        # Before the job runs: a crash in between must not leave scores of two versions.
        make_run(stores, job, target).rescore()
    with stores.writing() as tables:
        now = jobs.require_job(tables, job.id)
        if members is not None:
            now = jobs.reset(stores, tables, now, target, members)
        running = dataclasses.replace(
            now.to(JobState.RUNNING),
            attempts=now.attempts + 1,
            started=now.started or datetime.now(UTC),
        )
        tables.jobs.save(running)
    log_phase(job.id, "started", attempt=running.attempts, done=running.done, total=running.total)
    return running, make_run(stores, running, target)


def make_run(stores: Stores, job: Job, target: Target) -> Run:
    """Make the engine's run of a job with one target."""
    stores.files.thumbnails(job.id).mkdir(exist_ok=True)
    return Run(
        stores.files.archive(job.id),
        target,
        SqlResults(stores, job, target),
        limits=stores.settings.limits,
        pictures=job.total - job.skipped,
        thumbnails=True,
        closely=preferences.looks_closely(stores),
    )


def release(stores: Stores) -> None:
    """Requeue running jobs when the runner stops on purpose. This does not count as an attempt."""
    with stores.writing() as tables:
        released = tables.jobs.list_in_state(JobState.RUNNING)
        for job in released:
            attempts = max(0, job.attempts - 1)
            tables.jobs.save(dataclasses.replace(job.to(JobState.QUEUED), attempts=attempts))
    for job in released:
        log_phase(job.id, "queued until the next start", done=job.done, total=job.total)


def list_still_running(stores: Stores, job_ids: Sequence[str]) -> set[str]:
    """Return which of these jobs are still running, neither stopped nor deleted."""
    with stores.reading() as tables:
        states = tables.jobs.read_states(job_ids)
    return {job_id for job_id, state in states.items() if state is JobState.RUNNING}


def list_put_first(stores: Stores) -> list[str]:
    """Return the ids of the running jobs that go before the others, in the order of service."""
    with stores.reading() as tables:
        return tables.jobs.list_put_first()


def report_rates(stores: Stores, rates: Mapping[str, float]) -> None:
    """Write the pictures per second of running jobs."""
    with stores.writing() as tables:
        for job_id, rate in rates.items():
            tables.jobs.set_rate(job_id, rate)


def report_blocked(stores: Stores, job_ids: Sequence[str], reason: str) -> None:
    """Write why these jobs cannot continue now."""
    with stores.writing() as tables:
        for job_id in job_ids:
            tables.jobs.set_blocked(job_id, reason)


def finish(stores: Stores, job_id: str) -> None:
    """Set a running job to succeeded, restore the report that came with it, and ask for copies.

    Other jobs are ignored.
    """
    now = datetime.now(UTC)
    with stores.writing() as tables:
        job = tables.jobs.get(job_id)
        if job is None or job.state is not JobState.RUNNING:
            return
        seconds = (now - job.started).total_seconds() if job.started else 0.0
        rate = (job.total - job.skipped) / seconds if seconds else None
        done = restore.restore_kept(stores, tables, job.to(JobState.SUCCEEDED))
        tables.jobs.save(
            dataclasses.replace(done, rate=rate, note=None, blocked_by=None, finished=now)
        )
        if job.copy_folder is not None:
            tables.copies.add(job_id, job.copy_folder)
    stores.files.report(job_id).unlink(missing_ok=True)
    log_phase(job_id, "succeeded", total=job.total, seconds=round(seconds, 3))


def fail(stores: Stores, job_id: str, error: Exception) -> None:
    """Set a job to failed, with the error as a sentence; ignore a job that is gone or over."""
    with stores.writing() as tables:
        job = tables.jobs.get(job_id)
        if job is None or job.state not in (JobState.QUEUED, JobState.RUNNING):
            return
        jobs.end(tables, job, JobState.FAILED, jobs.FAILED, error=describe(error))
    log_phase(job_id, "failed", done=job.done, total=job.total)
    expected = isinstance(error, MonaError | OSError)
    log.error("job %s failed: %s", job_id, error, exc_info=None if expected else error)


def is_temporary(error: BaseException) -> bool:
    """Tell whether a job should wait after this error and be tried again."""
    return isinstance(error, TemporaryFailure) or is_disk_full(error)


def describe(error: Exception) -> str:
    """Return an error as a sentence for the user, without a path of the data folder."""
    if isinstance(error, MonaError):
        return str(error)
    if is_disk_full(error):
        return str(StorageFull("The disk is full. Make room, for instance by deleting old jobs."))
    if isinstance(error, FileNotFoundError):
        return "A file that this job needs is gone. Upload the archive again."
    if isinstance(error, OSError):
        return f"A file cannot be read or written: {error.strerror}."
    return (
        f"Something went wrong in MonaSieve ({type(error).__name__}: {error}). "
        "Details are in the log."
    )
