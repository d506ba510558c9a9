"""Retention: expired jobs, the trash, abandoned uploads, leftover folders.

An error in one deletion is logged; the others go on, and the next round tries again.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from webapp.records import LOCAL_USER, Job
from webapp.services import deletion, preferences, recovery, resumable, trash
from webapp.storage import Stores

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
STALE_SECONDS = 86_400.0
"""A folder of no job that is younger may belong to an upload that becomes a job now."""


def apply_retention(stores: Stores, *, now: datetime | None = None) -> None:
    """Delete jobs past their days, abandoned uploads, and folders that belong to no job.

    `clean_up` is separate, because it does not depend on the clock.
    """
    now = now or datetime.now(UTC)
    for step in (_delete_expired, _empty_trash, _delete_unfinished, _remove_unknown_folders):
        _guard(step.__name__, functools.partial(step, stores, now))


def clean_up(stores: Stores) -> None:
    """Finish what interrupted deletions and uploads left."""
    _guard("deletions", functools.partial(deletion.finish_deletions, stores))
    _guard("leftovers", stores.files.remove_leftovers)
    clean_up_uploads(stores)


def clean_up_uploads(stores: Stores) -> None:
    """Finish what a killed web process left: files that nobody writes, jobs without a row."""
    _guard("taking uploads back", functools.partial(recovery.take_back_interrupted, stores))
    for upload in stores.files.list_abandoned_uploads():
        if stores.files.is_intent(upload):
            finish = functools.partial(recovery.finish_intent, stores, upload)
            _guard(f"recovering {upload.name}", finish)
        else:
            _guard(f"removing {upload.name}", functools.partial(upload.unlink, missing_ok=True))


def list_ages(stores: Stores) -> list[float]:
    """Return for each job that ended how many days ago it did."""
    now = datetime.now(UTC)
    with stores.reading() as tables:
        ended = tables.jobs.list_finished_before(LOCAL_USER, now)
    return [round((now - job.finished) / DAY, 2) for job in ended if job.finished]


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

    def is_due(job: Job) -> bool:
        return job.finished is not None and job.finished < moment

    for job in expired:
        delete = functools.partial(deletion.delete_if, stores, job.id, is_due)
        _guard(f"deleting job {job.id}", delete)


def _empty_trash(stores: Stores, now: datetime) -> None:
    trash.delete_older(stores, now - trash.KEPT_FOR)


def _delete_unfinished(stores: Stores, now: datetime) -> None:
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
