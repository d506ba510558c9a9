"""Make jobs of listed archives and folders: rows and files, all or none."""

from __future__ import annotations

import dataclasses
import secrets
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ml.scoring.piles import Thresholds
from ml.targets.card import TargetCard
from ml.targets.catalog import Target
from webapp.errors import PreferenceRefused
from webapp.records import LOCAL_USER, Job, JobState, Preferences
from webapp.services import preferences, targets
from webapp.services.intake import Listing
from webapp.services.intents import note_intent
from webapp.services.job_log import log_phase
from webapp.storage import Stores, Tables

NAME_LENGTH = 200
"""Characters of a job's name."""

AlsoWrite = Callable[[Tables], None]
"""Writes rows in a transaction that is open."""


@dataclasses.dataclass(frozen=True, slots=True)
class NewArchive:
    """A checked zip, or a folder's listing, that becomes a job."""

    id: str
    name: str
    listing: Listing


@dataclasses.dataclass(frozen=True, slots=True)
class SentReport:
    """A report of an earlier review, which came together with archives."""

    name: str
    file: Path


@dataclasses.dataclass(frozen=True, slots=True)
class JobOptions:
    """What new jobs look for, and how."""

    target: Target
    thresholds: Thresholds
    preferences: Preferences


def choose_options(
    stores: Stores, target: str | None, confidence: float | None, start_at_once: bool | None = None
) -> JobOptions:
    """Return the user's preferences, with the values that are given instead of theirs.

    Raises PreferenceRefused, or NotFound and ArtifactError if the target is missing or damaged.
    """
    preferred = preferences.get(stores)
    if start_at_once is not None:
        preferred = dataclasses.replace(preferred, start_at_once=start_at_once)
    wanted = targets.get(stores, target or preferred.target)
    confidence = preferred.confidence if confidence is None else confidence
    return JobOptions(wanted, _make_thresholds(confidence, wanted.card), preferred)


def add_jobs(
    stores: Stores,
    archives: Sequence[NewArchive],
    options: JobOptions,
    *,
    note: str | None = None,
    report: SentReport | None = None,
    also: AlsoWrite | None = None,
) -> list[Job]:
    """Make a job of each archive, whose file moves into the job's folder. Raises StorageFull.

    Args:
        note: a sentence about the archive instead of the one that its reader gave.
        report: waits in each job's folder for the end of the job, which restores its review.
        also: writes further rows in the transaction of the jobs. While these rows are missing, the
            caller will bring the same archives again.
    """
    jobs = [_make_job(archive, options) for archive in archives]
    if note:
        jobs = [dataclasses.replace(job, archive_note=note) for job in jobs]
    if report:
        jobs = [dataclasses.replace(job, report=report.name) for job in jobs]
    _store(stores, list(zip(jobs, archives, strict=True)), report, also)
    return jobs


def add_failed_job(
    stores: Stores, name: str, options: JobOptions, error: str, also: AlsoWrite
) -> Job:
    """Make a job that has failed already, of something that is no archive. Raises StorageFull.

    Args:
        error: why, as a sentence.
        also: writes further rows in the transaction of the job.
    """
    archive = NewArchive(secrets.token_urlsafe(12), name, Listing(Path(), []))
    failed = dataclasses.replace(
        _make_job(archive, options),
        state=JobState.FAILED,
        error=error,
        finished=datetime.now(UTC),
    )
    with stores.writing() as tables:
        tables.jobs.add(failed)
        also(tables)
    log_phase(failed.id, "failed", error=error)
    return failed


def _make_thresholds(confidence: float, card: TargetCard) -> Thresholds:
    """Return the thresholds of a new job; from the card's lowest one on, pictures are unsure."""
    if not 0.0 <= confidence <= 1.0:
        raise PreferenceRefused(
            f"A confidence lies between 0 % and 100 %, not at {100 * confidence:g} %."
        )
    lowest = min(card.thresholds.values(), default=1.0)
    # A whole percentage, because more digits would look more exact than the card's test was.
    return Thresholds.with_band(confidence, round(lowest, 2) or lowest)


def _make_job(archive: NewArchive, options: JobOptions) -> Job:
    target, thresholds, preferred = options.target, options.thresholds, options.preferences
    skipped = sum(member.skip is not None for member in archive.listing.members)
    return Job(
        id=archive.id,
        user_id=LOCAL_USER,
        name=archive.name,
        state=JobState.QUEUED if preferred.start_at_once else JobState.WAITING,
        target=target.card.name,
        target_title=target.card.title,
        target_version=target.card.version,
        backbone_sha256=target.backbone.model_sha256,
        threshold=thresholds.kept,
        unsure_threshold=thresholds.unsure,
        prevalence=target.card.prevalence,
        created=datetime.now(UTC),
        copy_folder=preferred.copy_folder if preferred.copy_kept else None,
        total=len(archive.listing.members),
        skipped=skipped,
        done=skipped,
        archive_note=archive.listing.note,
        names_encoding=archive.listing.encoding,
    )


def _store(
    stores: Stores,
    jobs: Sequence[tuple[Job, NewArchive]],
    report: SentReport | None,
    also: AlsoWrite | None,
) -> None:
    """Write rows and move files, all or nothing.

    The files move before the rows are committed. So a crash in between leaves an archive without a
    row, which becomes a job or an upload again at the next start, and never a row without its
    archive. The report comes before its archive, so that it is whole wherever an archive is.
    """
    intents = []
    try:
        for job, _ in jobs:
            intents.append(note_intent(stores, job, is_repeated=also is not None))
        with stores.writing() as tables:
            for job, archive in jobs:
                tables.jobs.add(job)
                tables.pictures.add(job.id, archive.listing.members)
                if report is not None:
                    stores.files.job(job.id).mkdir()
                    shutil.copyfile(report.file, stores.files.report(job.id))
                stores.files.take_over(archive.listing.file, job.id)
            if also is not None:
                also(tables)
    except BaseException:
        for job, archive in jobs:
            stores.files.hand_back(job.id, archive.listing.file)
        raise
    finally:
        for intent in intents:
            intent.unlink(missing_ok=True)
    for job, _ in jobs:
        log_phase(job.id, f"arrived, {job.state}", total=job.total, skipped=job.skipped)
