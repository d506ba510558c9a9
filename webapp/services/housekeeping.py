"""What is thrown away without being asked: what the user set a term for, and rubbish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from webapp.records import LOCAL_USER
from webapp.services import jobs, preferences
from webapp.storage import Stores

STALE_SECONDS = 86_400.0
"""An upload that nobody has written to for so long will not be finished."""


def sweep(stores: Stores, *, now: datetime | None = None) -> None:
    """Delete jobs past their term, uploads that were left, folders that belong to no job."""
    now = now or datetime.now(UTC)
    if days := preferences.get(stores).keep_days:
        with stores.reading() as tables:
            past = tables.jobs.finished_before(LOCAL_USER, now - timedelta(days=days))
        for job in past:
            jobs.delete(stores, job)
    for upload in stores.files.stale_uploads(STALE_SECONDS):
        upload.unlink(missing_ok=True)
    folders = set(stores.files.job_ids(STALE_SECONDS))
    with stores.reading() as tables:
        known = tables.jobs.states(folders).keys()
    for job_id in folders - known:
        stores.files.remove_job(job_id)
    stores.files.sweep_leftovers()
