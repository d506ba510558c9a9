"""The trash: a job that the user deletes can be restored for a day, unless the disk is short."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from ml.errors import StorageFull
from webapp.errors import Gone
from webapp.records import LOCAL_USER, Job, JobState
from webapp.services import deletion, jobs
from webapp.services.job_log import log_phase
from webapp.storage import Stores

KEPT_FOR = timedelta(days=1)
SHORT_BYTES = 1024**3
"""With less free room than this, the trash is emptied, the oldest job first."""


def is_disk_short(stores: Stores) -> bool:
    """Return whether there is so little room that what is in the trash is deleted."""
    return stores.files.free_bytes < SHORT_BYTES


def discard(stores: Stores, job_id: str) -> Job:
    """Put a job into the trash. A running one is stopped first, and its results are kept.

    On a full disk the row cannot be changed, so the job is deleted for good; the returned job is
    not in the trash then. Raises NotFound.
    """
    try:
        with stores.writing() as tables:
            job = jobs.require_job(tables, job_id)
            if job.state in (JobState.QUEUED, JobState.RUNNING):
                job = jobs.end(tables, job, JobState.CANCELLED, jobs.CANCELLED)
            job = dataclasses.replace(job, trashed=datetime.now(UTC))
            tables.jobs.save(job)
    except StorageFull:
        job = jobs.get(stores, job_id)
        deletion.delete(stores, job_id)
        return job
    log_phase(job_id, "trashed")
    return job


def restore(stores: Stores, job_id: str) -> Job:
    """Take a job out of the trash. Raises NotFound if it is not in there any more."""
    with stores.writing() as tables:
        job = jobs.require_row(tables, job_id)
        if not job.is_in_trash:
            raise Gone("This job is not in the trash any more.")
        job = dataclasses.replace(job, trashed=None)
        tables.jobs.save(job)
    log_phase(job_id, "restored")
    return job


def list_trash(stores: Stores) -> list[Job]:
    """Return the user's jobs in the trash, the last one first."""
    with stores.reading() as tables:
        return tables.jobs.list_trash(LOCAL_USER)


def empty(stores: Stores) -> int:
    """Delete all jobs in the trash for good. Returns their number."""
    return delete_older(stores, datetime.now(UTC))


def delete_for_good(stores: Stores, job_id: str) -> Job:
    """Delete one job in the trash for good. Raises NotFound if it is not in there any more."""
    with stores.reading() as tables:
        job = jobs.require_row(tables, job_id)
    if not deletion.delete_if(stores, job_id, lambda job: job.is_in_trash):
        raise Gone("This job is not in the trash any more.")
    return job


def delete_older(stores: Stores, moment: datetime) -> int:
    """Delete the jobs for good that were put into the trash before the moment."""

    def is_due(job: Job) -> bool:
        return job.trashed is not None and job.trashed < moment

    return sum(deletion.delete_if(stores, job.id, is_due) for job in list_trash(stores))


def make_room(stores: Stores, wanted_bytes: int = SHORT_BYTES) -> None:
    """Delete jobs in the trash for good, the oldest first, until so many bytes are free."""
    if stores.files.free_bytes >= wanted_bytes:
        return
    for job in reversed(list_trash(stores)):
        if stores.files.free_bytes >= wanted_bytes:
            return
        deletion.delete_if(stores, job.id, lambda job: job.is_in_trash)
