"""Verify an instance: database, rows against rows, rows against files. Repair what can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ml.archive.reader import OpenArchive
from ml.errors import ArchiveError, MonaError
from webapp.records import Job, JobState
from webapp.services import jobs, retention
from webapp.services.check_embeddings import check_embeddings
from webapp.services.findings import Finding, name_job
from webapp.services.intents import make_intent
from webapp.services.recovery import finish_intent, recover
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery


def check_instance(stores: Stores, *, repair: bool) -> Iterator[Finding]:
    """Yield what is wrong with the data folder.

    With `repair`, no other process may work on the folder. Without, nothing is written.
    """
    with stores.reading() as tables:
        damage = tables.integrity.list_damage()
        lost = tables.integrity.list_without_target()
        every = tables.jobs.list_in_state(*JobState)
    yield from (Finding(f"The database is damaged: {line}.") for line in damage)
    yield from (Finding(f"Job {job_id} has no character.") for job_id in lost)
    for job in every:
        if job.state is not JobState.DELETING:
            yield from _check_rows(stores, job, repair=repair)
            yield from _check_files(stores, job)
            yield from check_embeddings(stores, job, repair=repair)
    yield from _check_orphans(stores, {job.id for job in every} | set(lost), repair=repair)
    yield from _check_deletions(stores, every, repair=repair)


def _check_deletions(stores: Stores, every: list[Job], *, repair: bool) -> Iterator[Finding]:
    for job in every:
        if job.state is JobState.DELETING:
            yield Finding(f"{name_job(job)} is half deleted.", repair)
    for folder in stores.files.list_leftovers():
        yield Finding(f"{folder} is left over from a deletion.", repair)
    if repair:
        retention.clean_up(stores)


def _check_rows(stores: Stores, job: Job, *, repair: bool) -> Iterator[Finding]:
    name = name_job(job)
    with stores.reading() as tables:
        total, waiting = tables.integrity.count_members(job.id)
        unscored = tables.integrity.count_without_score(job.id)
        in_piles = sum(tables.pictures.count_piles(PictureQuery.of(job)).values())
    if total != job.total:
        yield Finding(f"{name} has {total:,} of its {job.total:,} files.")
    if unscored:
        yield Finding(f"{name}: {unscored:,} pictures have no score. Sieve it again.")
    if in_piles + waiting != total:
        yield Finding(f"{name}: {total - in_piles - waiting:,} files are in no pile.")
    if waiting and job.state.is_over:
        yield Finding(f"{name} is over, but {waiting:,} files still wait.", repair)
        if repair:
            with stores.writing() as tables:
                tables.pictures.skip_waiting(job.id, jobs.CANCELLED)
        waiting = 0 if repair else waiting
    if job.done != total - waiting:
        yield Finding(f"{name} counts {job.done:,} files as done, not {total - waiting:,}.", repair)
        if repair:
            with stores.writing() as tables:
                tables.integrity.set_done(job.id, total - waiting)


def _check_files(stores: Stores, job: Job) -> Iterator[Finding]:
    name = name_job(job)
    if job.total:
        yield from _check_archive(stores, job, name)
    with stores.reading() as tables:
        scored = tables.pictures.list_scored(job.id)
    missing = sum(not stores.files.thumbnail(job.id, number).is_file() for number in scored)
    if missing:
        yield Finding(f"{missing:,} thumbnails of {name} are gone. Sieve it again.")


def _check_archive(stores: Stores, job: Job, name: str) -> Iterator[Finding]:
    archive = stores.files.archive(job.id)
    if not archive.is_file():
        yield Finding(f"The archive of {name} is gone. Its results can still be seen.")
        return
    try:
        OpenArchive(archive, stores.settings.limits).close()
    except ArchiveError as error:
        yield Finding(f"The archive of {name} is damaged. Its results can still be seen. {error}")


def _check_orphans(stores: Stores, known: set[str], *, repair: bool) -> Iterator[Finding]:
    abandoned = stores.files.list_abandoned_uploads()
    notes = {stores.files.read_intended(f): f for f in abandoned if stores.files.is_intent(f)}
    for job_id in sorted(set(stores.files.list_job_ids(0.0)) - known):
        archive = stores.files.archive(job_id)
        if not archive.is_file():
            yield Finding(f"{archive.parent} belongs to no job.", repair)
            if repair:
                stores.files.remove_job(job_id)
        else:
            sentence = f"{archive} belongs to no job."
            yield _recover(stores, job_id, notes.get(job_id)) if repair else Finding(sentence)
    for file in abandoned:
        if stores.files.is_intent(file):  # the next start removes it
            continue
        yield Finding(f"{file} was never finished.", repair)
        if repair:
            file.unlink(missing_ok=True)


def _recover(stores: Stores, job_id: str, note: Path | None) -> Finding:
    """Make a job of an archive that has no row: as its note says, else one that waits."""
    archive = stores.files.archive(job_id)
    try:
        if note is not None:
            finish_intent(stores, note)
            return Finding(f"{archive} belonged to no job: its interrupted upload is done.", True)
        recover(stores, job_id, make_intent(job_id))
    except (MonaError, OSError) as error:
        return Finding(f"{archive} belongs to no job, and cannot become one: {error}")
    return Finding(f"{archive} belonged to no job: it is one now, and waits for its start.", True)
