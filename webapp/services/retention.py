"""What is thrown away without being asked: what the user set a term for, and rubbish."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from webapp.records import LOCAL_USER
from webapp.services import jobs, preferences
from webapp.storage import Stores

log = logging.getLogger(__name__)

STALE_SECONDS = 86_400.0
"""An upload that nobody has written to for so long will not be finished."""


def sweep(stores: Stores, *, now: datetime | None = None) -> None:
    """Delete jobs past their term, uploads that were left, rubbish that belongs to no job."""
    now = now or datetime.now(UTC)
    if days := preferences.get(stores).retention_days:
        with stores.reading() as tables:
            past = tables.jobs.finished_before(LOCAL_USER, now - timedelta(days=days))
        for job in past:
            jobs.delete(stores, job)
    for upload in stores.files.stale_uploads(STALE_SECONDS):
        upload.unlink(missing_ok=True)
    _remove_rubbish(stores)
    stores.files.sweep_leftovers()


def _remove_rubbish(stores: Stores) -> None:
    """Remove folders that belong to no job and hold no archive.

    Rows that are missing say nothing of the archives: the database may be lost, or an older one
    may have been put in its place.
    """
    folders = set(stores.files.job_ids(STALE_SECONDS))
    with stores.reading() as tables:
        known = tables.jobs.states(folders).keys()
    for job_id in folders - known:
        if (archive := stores.files.archive(job_id)).exists():
            log.warning("%s belongs to no job of this database; it is left where it is", archive)
        else:
            stores.files.remove_job(job_id)
