"""Turn uploaded files into jobs: all of them, or none without leaving anything."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ml.archive.formats import (
    START_BYTES,
    ArchiveFormat,
    describe_refused_file,
    has_archive_suffix,
    has_picture_suffix,
    is_picture,
)
from ml.archive.intake import find_archive_kind, pack_pictures
from ml.archive.reader import list_members
from ml.disk import is_disk_full
from ml.errors import ArchiveError, StorageFull
from ml.scoring.piles import Thresholds
from ml.targets.card import TargetCard
from ml.targets.catalog import Target
from webapp.errors import PreferenceRefused
from webapp.records import LOCAL_USER, Job, JobState, Preferences
from webapp.safe_names import mask_hostile
from webapp.services import preferences, targets
from webapp.services.intake import Listing, list_archive
from webapp.services.job_log import log_phase
from webapp.storage import Stores

_NAME_LENGTH = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file, with the name that its sender gave it."""

    name: str
    file: Path
    id: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(12))
    """The job takes it over. Loose pictures become one job, with the id of the first."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Archive:
    """A checked zip that becomes a job."""

    id: str
    name: str
    listing: Listing


def accept(
    stores: Stores,
    uploads: Sequence[Upload],
    *,
    target: str | None = None,
    confidence: float | None = None,
    start_at_once: bool | None = None,
    note: str | None = None,
) -> list[Job]:
    """Make a job of every archive, and one more of all loose pictures together.

    The files are moved or deleted, and a refused upload leaves nothing. Only if the disk is full,
    they stay, because the same files can be accepted once there is room. `target`, `confidence`
    (0..1) and `start_at_once` replace the preferences. `note` is a sentence about the archive.
    Raises ArchiveError, PreferenceRefused, StorageFull, or NotFound and ArtifactError if the
    preferred target is missing or damaged.
    """
    drafts: list[Path] = []
    is_full = False
    try:
        chosen = preferences.get(stores)
        if start_at_once is not None:
            chosen = dataclasses.replace(chosen, start_at_once=start_at_once)
        wanted = targets.get(stores, target or chosen.target)
        confidence = chosen.confidence if confidence is None else confidence
        thresholds = _make_thresholds(confidence, wanted.card)
        archives = _sort_out(stores, uploads, drafts, chosen)
        jobs = [_make_job(archive, wanted, thresholds, chosen) for archive in archives]
        if note:
            jobs = [dataclasses.replace(job, archive_note=note) for job in jobs]
        _store(stores, list(zip(jobs, archives, strict=True)))
    except StorageFull:
        is_full = True
        raise
    except OSError as exc:
        if not (is_full := is_disk_full(exc)):
            raise
        raise StorageFull("There is no room left on the disk for this upload.") from exc
    finally:
        for file in (*drafts, *(upload.file for upload in uploads if not is_full)):
            file.unlink(missing_ok=True)
    return jobs


def check_choices(stores: Stores, target: str | None, confidence: float | None) -> None:
    """Check what will come to `accept`, before the files come in.

    Raises PreferenceRefused, or NotFound and ArtifactError if the target is missing or damaged.
    """
    wanted = targets.get(stores, target or preferences.get(stores).target)
    if confidence is not None:
        _make_thresholds(confidence, wanted.card)


def _make_thresholds(confidence: float, card: TargetCard) -> Thresholds:
    """Return the thresholds of a new job; from the card's lowest one on, pictures are unsure."""
    if not 0.0 <= confidence <= 1.0:
        raise PreferenceRefused(f"The confidence must lie between 0 and 1, not at {confidence}.")
    return Thresholds.with_band(confidence, min(card.thresholds.values(), default=1.0))


def _sort_out(
    stores: Stores, uploads: Sequence[Upload], drafts: list[Path], chosen: Preferences
) -> list[_Archive]:
    """List every archive; pack the loose pictures into a zip and list it.

    Args:
        drafts: gets the paths of new zips. The caller removes what no job takes over.
    """
    if not uploads:
        raise ArchiveError("No file arrived. Choose a zip archive or some pictures.")
    limits = stores.settings.limits
    kinds = [(upload, find_archive_kind(upload.file, upload.name)) for upload in uploads]
    loose = [upload for upload, kind in kinds if kind is None]
    _check_loose(loose)
    archives = []
    for upload, kind in kinds:
        if kind is not None:
            archives.append(_open_archive(stores, upload, kind, drafts, chosen))
    if loose:
        draft = _add_draft(stores, drafts)
        pack_pictures(
            [(_make_member_path(upload.name), upload.file) for upload in loose], draft, limits
        )
        name = _make_job_name(loose[0].name) if len(loose) == 1 else f"{len(loose):,} pictures"
        archives.append(_Archive(loose[0].id, name, Listing(draft, list_members(draft, limits))))
    return archives


def _open_archive(
    stores: Stores, upload: Upload, kind: ArchiveFormat, drafts: list[Path], chosen: Preferences
) -> _Archive:
    name = _make_job_name(upload.name)
    draft = _add_draft(stores, drafts)
    try:
        listing = list_archive(
            stores, upload.file, kind, draft, open_inner_zips=chosen.open_inner_zips
        )
    except ArchiveError as exc:
        # The reader knows the file by the name that it has on the disk.
        sentence = str(exc).replace(upload.file.name, name)
        raise type(exc)(sentence if name in sentence else f"{name}: {sentence}") from exc
    return _Archive(upload.id, name, listing)


def _add_draft(stores: Stores, drafts: list[Path]) -> Path:
    drafts.append(stores.files.new_upload())
    return drafts[-1]


def _partition(
    uploads: Sequence[Upload], test: Callable[[Upload], bool]
) -> tuple[list[Upload], list[Upload]]:
    """Return the uploads that pass a test and those that fail it, in order."""
    passed: list[Upload] = []
    failed: list[Upload] = []
    for upload in uploads:
        (passed if test(upload) else failed).append(upload)
    return passed, failed


def _check_loose(loose: Sequence[Upload]) -> None:
    """Refuse archives that cannot be read, and an upload without any picture.

    Other files beside pictures are accepted; the report lists them as skipped.
    """
    pictures, not_pictures = _partition(loose, _may_be_picture)
    for upload in not_pictures:
        if has_archive_suffix(upload.name) or not pictures:
            raise ArchiveError(
                describe_refused_file(_make_job_name(upload.name), _read_start(upload))
            )


def _may_be_picture(upload: Upload) -> bool:
    start = _read_start(upload)
    return is_picture(start) or (has_picture_suffix(upload.name) and bool(start))


def _read_start(upload: Upload) -> bytes:
    with upload.file.open("rb") as stream:
        return stream.read(START_BYTES)


def _make_member_path(name: str) -> str:
    """Return a path for a member of the packed zip: relative and without `..`."""
    path = name.encode(errors="replace").decode().replace("\\", "/").replace("\0", "")
    return "/".join(part for part in path.split("/") if part.strip(". ")) or "picture"


def _make_job_name(name: str) -> str:
    """Return a job's name on pages and in sentences: the last part of the file's name."""
    last = mask_hostile(PurePosixPath(_make_member_path(name)).name)
    return last if len(last) <= _NAME_LENGTH else f"{last[:_NAME_LENGTH]}…"


def _make_job(
    archive: _Archive, target: Target, thresholds: Thresholds, chosen: Preferences
) -> Job:
    skipped = sum(member.skip is not None for member in archive.listing.members)
    return Job(
        id=archive.id,
        user_id=LOCAL_USER,
        name=archive.name,
        state=JobState.QUEUED if chosen.start_at_once else JobState.WAITING,
        target=target.card.name,
        target_title=target.card.title,
        target_version=target.card.version,
        backbone_sha256=target.backbone.model_sha256,
        threshold=thresholds.kept,
        unsure_threshold=thresholds.unsure,
        prevalence=target.card.prevalence,
        created=datetime.now(UTC),
        copy_folder=chosen.copy_folder if chosen.copy_kept else None,
        total=len(archive.listing.members),
        skipped=skipped,
        done=skipped,
        archive_note=archive.listing.note,
        names_encoding=archive.listing.encoding,
    )


def _store(stores: Stores, jobs: Sequence[tuple[Job, _Archive]]) -> None:
    """Write rows and move files, all or nothing.

    The files move before the rows are committed. So a crash in between leaves an archive without a
    row, which becomes an upload again at the next start, and never a row without its archive.
    """
    try:
        with stores.writing() as tables:
            for job, archive in jobs:
                tables.jobs.add(job)
                tables.pictures.add(job.id, archive.listing.members)
                stores.files.take_over(archive.listing.file, job.id)
    except BaseException:
        for job, archive in jobs:
            stores.files.hand_back(job.id, archive.listing.file)
        raise
    for job, _ in jobs:
        log_phase(job.id, f"arrived, {job.state}", total=job.total, skipped=job.skipped)
