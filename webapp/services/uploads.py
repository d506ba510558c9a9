"""Turn uploaded files into jobs: all of them, or none without leaving anything."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from ml.archive.formats import (
    START_BYTES,
    ArchiveFormat,
    describe_refused_file,
    describe_split_part,
    has_archive_suffix,
    has_picture_suffix,
    is_picture,
)
from ml.archive.intake import find_archive_kind, pack_pictures
from ml.archive.reader import list_members
from ml.disk import is_disk_full
from ml.errors import ArchiveError, StorageFull
from ml.sieve.read_report import is_report, read_report
from webapp.records import Job, Preferences
from webapp.safe_names import mask_hostile
from webapp.services.intake import Listing, list_archive
from webapp.services.new_jobs import (
    NAME_LENGTH,
    AlsoWrite,
    JobOptions,
    NewArchive,
    SentReport,
    add_jobs,
    choose_options,
)
from webapp.storage import Stores

REPORT_SUFFIXES = (".csv", ".json")


@dataclasses.dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file, with the name that its sender gave it."""

    name: str
    file: Path
    id: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(12))
    """The job takes it over. Loose pictures become one job, with the id of the first."""


def accept(
    stores: Stores,
    uploads: Sequence[Upload],
    *,
    target: str | None = None,
    confidence: float | None = None,
    start_at_once: bool | None = None,
    note: str | None = None,
    options: JobOptions | None = None,
    also: AlsoWrite | None = None,
) -> list[Job]:
    """Make a job of every archive, and one more of all loose pictures together.

    The files are moved or deleted, and a refused archive leaves nothing. After every other error,
    such as a full disk or a bug, they stay, because they can be accepted later. A report among them
    restores its review in each of the jobs at their end. `target`, `confidence` (0..1) and
    `start_at_once` replace the preferences, and `options` all of them. `note` is a sentence about
    the archive. `also` is as in `new_jobs.add_jobs`.
    Raises ArchiveError, PreferenceRefused, StorageFull, IntakeBusy, or NotFound and ArtifactError
    if the preferred target is missing or damaged.
    """
    drafts: list[Path] = []
    is_over = False
    try:
        options = options or choose_options(stores, target, confidence, start_at_once)
        reports, others = _partition(uploads, _is_report)
        _check_reports(stores, reports, others, options.target.card.name)
        archives = _sort_out(stores, others, drafts, options.preferences)
        report = SentReport(reports[0].name, reports[0].file) if reports else None
        jobs = add_jobs(stores, archives, options, note=note, report=report, also=also)
        is_over = True
    except ArchiveError as exc:
        is_over = True
        if len(uploads) < 2:
            raise
        raise type(exc)(
            f"{exc} None of the {len(uploads):,} files sent together is taken."
        ) from exc
    except OSError as exc:
        if not is_disk_full(exc):
            raise
        raise StorageFull("There is no room left on the disk for this upload.") from exc
    finally:
        for file in (*drafts, *(upload.file for upload in uploads if is_over)):
            file.unlink(missing_ok=True)
    return jobs


def _sort_out(
    stores: Stores, uploads: Sequence[Upload], drafts: list[Path], wanted: Preferences
) -> list[NewArchive]:
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
            archives.append(_open_archive(stores, upload, kind, drafts, wanted))
    if loose:
        draft = _add_draft(stores, drafts)
        pack_pictures(
            [(_make_member_path(upload.name), upload.file) for upload in loose], draft, limits
        )
        name = _make_job_name(loose[0].name) if len(loose) == 1 else f"{len(loose):,} pictures"
        archives.append(NewArchive(loose[0].id, name, Listing(draft, list_members(draft, limits))))
    return archives


def _open_archive(
    stores: Stores, upload: Upload, kind: ArchiveFormat, drafts: list[Path], wanted: Preferences
) -> NewArchive:
    name = _make_job_name(upload.name)
    draft = _add_draft(stores, drafts)
    try:
        listing = list_archive(
            stores, upload.file, kind, draft, open_inner_zips=wanted.open_inner_zips
        )
    except ArchiveError as exc:
        # The reader knows the file by the name that it has on the disk.
        if type(exc) is ArchiveError and (split := describe_split_part(name)):
            raise ArchiveError(split) from exc
        sentence = str(exc).replace(upload.file.name, name)
        raise type(exc)(sentence if name in sentence else f"{name}: {sentence}") from exc
    return NewArchive(upload.id, name, listing)


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


def _is_report(upload: Upload) -> bool:
    return PurePosixPath(upload.name).suffix.lower() in REPORT_SUFFIXES and is_report(upload.file)


def _check_reports(
    stores: Stores, reports: Sequence[Upload], others: Sequence[Upload], target: str
) -> None:
    """Refuse several reports, one without an archive, and one that cannot be read to its end."""
    if len(reports) > 1:
        raise ArchiveError(f"Choose one report beside the archive; received {len(reports):,}.")
    if reports and not others:
        raise ArchiveError(
            f"{_make_job_name(reports[0].name)} is a report of an earlier job. Choose its archive "
            "together with it, or restore it on the page of a result, under ⋯."
        )
    for report in reports:
        read_report(report.file, target, most_lines=stores.settings.limits.members)


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
    return last if len(last) <= NAME_LENGTH else f"{last[:NAME_LENGTH]}…"
