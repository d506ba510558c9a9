"""Delete jobs for good: first the state, then the files, then the row.

The state hides the job from every page and from the runner. A crash in between leaves a row in
the state DELETING, which `finish_deletions` removes later.
"""

from __future__ import annotations

from collections.abc import Callable

from ml.errors import StorageFull
from webapp.records import Job, JobState
from webapp.services import archives
from webapp.services.job_log import log_phase
from webapp.services.jobs import require_row
from webapp.storage import Stores, Tables


def delete(stores: Stores, job_id: str) -> None:
    """Delete a job with its files, in any state. The user's verdicts stay.

    Raises NotFound. On a full disk the row cannot be changed before the files are gone. If it
    cannot be removed even then, StorageFull is raised, and the job can be deleted again.
    """
    try:
        with stores.writing() as tables:
            _mark(tables, require_row(tables, job_id))
    except StorageFull:
        with stores.reading() as tables:
            require_row(tables, job_id)
    _remove(stores, job_id)


def delete_if(stores: Stores, job_id: str, is_due: Callable[[Job], bool]) -> bool:
    """Delete a job if `is_due` says so. Returns whether it was deleted.

    `is_due` is asked in the transaction that marks the job, because a user may have queued or
    restored it meanwhile.
    """
    with stores.writing() as tables:
        job = tables.jobs.get(job_id)
        if job is None or not is_due(job):
            return False
        _mark(tables, job)
    _remove(stores, job_id)
    return True


def finish_deletions(stores: Stores) -> None:
    """Continue deletions that a crash interrupted."""
    with stores.reading() as tables:
        marked = tables.jobs.list_in_state(JobState.DELETING)
    for job in marked:
        _remove(stores, job.id)


def _mark(tables: Tables, job: Job) -> None:
    if job.state is not JobState.DELETING:
        tables.jobs.save(job.to(JobState.DELETING))


def _remove(stores: Stores, job_id: str) -> None:
    archives.close_archives()
    stores.files.remove_job(job_id)
    with stores.writing() as tables:
        tables.jobs.remove(job_id)
    log_phase(job_id, "deleted")
