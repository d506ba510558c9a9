"""Retention: expired jobs, abandoned uploads, leftover folders.

An error in one deletion is logged; the others go on, and the next round tries again.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from webapp.errors import NotFound
from webapp.records import LOCAL_USER
from webapp.services import jobs, preferences, resumable
from webapp.storage import Stores

log = logging.getLogger(__name__)

STALE_SECONDS = 86_400.0
"""A folder of no job that is younger may belong to an upload that becomes a job now."""


def apply_retention(stores: Stores, *, now: datetime | None = None) -> None:
    """Delete jobs past their days, abandoned uploads, and folders that belong to no job."""
    now = now or datetime.now(UTC)
    for step in (_delete_expired, _delete_uploads, _remove_unknown_folders):
        _guard(step.__name__, functools.partial(step, stores, now))
    _guard("leftovers", stores.files.remove_leftovers)


def _guard(task: str, step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:
        log.exception("retention: %s failed and will be tried again", task)


def _delete_expired(stores: Stores, now: datetime) -> None:
    days = preferences.get(stores).retention_days
    if not days:
        return
    moment = now - timedelta(days=days)
    with stores.reading() as tables:
        expired = tables.jobs.list_finished_before(LOCAL_USER, moment)
    for job in expired:
        _guard(f"deleting job {job.id}", functools.partial(_delete, stores, job.id, moment))


def _delete(stores: Stores, job_id: str, finished_before: datetime) -> None:
    try:
        jobs.delete(stores, job_id, finished_before=finished_before)
    except NotFound:  # the user deleted it meanwhile
        log.debug("job %s is gone already", job_id)


def _delete_uploads(stores: Stores, now: datetime) -> None:
    """Delete uploads whose writer has ended, and resumable ones that nobody continued."""
    for upload in stores.files.list_abandoned_uploads():
        _guard(f"removing {upload.name}", functools.partial(upload.unlink, missing_ok=True))
    resumable.delete_expired(stores, now)


def _remove_unknown_folders(stores: Stores, _now: datetime) -> None:
    """Remove folders that belong to no job and hold no archive.

    A missing row is no reason to delete an archive, because the database may be lost or older
    than the archive. Such folders are only logged.
    """
    folders = set(stores.files.list_job_ids(STALE_SECONDS))
    with stores.reading() as tables:
        known = tables.jobs.read_states(folders).keys()
    for job_id in folders - known:
        if (archive := stores.files.archive(job_id)).exists():
            log.warning("%s belongs to no job of this database; it is left where it is", archive)
        else:
            stores.files.remove_job(job_id)
