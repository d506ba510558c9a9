"""Sieve a folder on the server, below the folders that the operator allows."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

from ml.archive.folder import is_listing, list_folder, read_listed_folder
from ml.archive.reader import find_names_encoding, list_members
from ml.disk import is_disk_full
from ml.errors import ArchiveError, StorageFull
from webapp.errors import FolderRefused
from webapp.records import Job
from webapp.safe_names import mask_hostile
from webapp.services import jobs
from webapp.services.intake import Listing
from webapp.services.new_jobs import (
    NAME_LENGTH,
    AlsoWrite,
    JobOptions,
    NewArchive,
    add_jobs,
    choose_options,
)
from webapp.storage import Stores


def sieve_folder(
    stores: Stores, name: str, *, target: str | None = None, confidence: float | None = None
) -> Job:
    """Make a job of a folder's files, which are read in place and never changed.

    Args:
        name: an absolute path, or one below the first allowed folder.

    `target` and `confidence` (0..1) replace the preferences.
    Raises FolderRefused, and as `accept_folder` does.
    """
    options = choose_options(stores, target, confidence)
    return accept_folder(stores, find_folder(stores, name), options)


def sieve_again(stores: Stores, job_id: str) -> Job:
    """Make a new job of a job's folder as it is now, with the same character and confidence.

    The old job keeps the folder as it was, with its results.
    Raises NotFound, and as `sieve_folder` does.
    """
    job = jobs.get(stores, job_id)
    source = find_source(stores, job)
    if source is None:
        raise FolderRefused(f"“{job.name}” was uploaded: there is no folder to look into again.")
    return sieve_folder(stores, str(source), target=job.target, confidence=job.threshold)


def accept_folder(
    stores: Stores, folder: Path, options: JobOptions, also: AlsoWrite | None = None
) -> Job:
    """Make a job of a folder. A refused one leaves nothing. `also` is as in `new_jobs.add_jobs`.

    Raises ArchiveError, ArchiveTooLarge, StorageFull.
    """
    listing = stores.files.new_listing()
    try:
        list_folder(folder, listing, stores.settings.limits)
        return accept_listing(stores, listing, options, also)
    except OSError as exc:
        if not is_disk_full(exc):
            raise
        raise StorageFull("There is no room left on the disk for the folder's list.") from exc
    finally:
        listing.unlink(missing_ok=True)


def accept_listing(
    stores: Stores, listing: Path, options: JobOptions, also: AlsoWrite | None = None
) -> Job:
    """Make a job of a folder's listing, which moves. Raises ArchiveError, StorageFull, OSError."""
    folder = read_listed_folder(listing)
    members = list_members(listing, stores.settings.limits)
    archive = NewArchive(
        id=secrets.token_urlsafe(12),
        name=mask_hostile(folder.name)[:NAME_LENGTH] or "folder",
        listing=Listing(listing, members, encoding=find_names_encoding(listing)),
    )
    (job,) = add_jobs(stores, [archive], options, also=also)
    return job


def find_source(stores: Stores, job: Job) -> Path | None:
    """Return the folder that a job reads in place; None if it has an archive of its own."""
    archive = stores.files.archive(job.id)
    with suppress(ArchiveError):
        return read_listed_folder(archive) if is_listing(archive) else None
    return None


def is_allowed(stores: Stores, folder: Path) -> bool:
    """Tell whether a folder, without links in its path, lies below an allowed one."""
    return any(folder.is_relative_to(Path(root).resolve()) for root in stores.settings.folder_roots)


def find_folder(stores: Stores, name: str) -> Path:
    """Return an allowed folder with its links resolved. Raises FolderRefused."""
    roots = [Path(root).resolve() for root in stores.settings.folder_roots]
    if not roots:
        raise FolderRefused("Folders on the server are not allowed: MONASIEVE_FOLDERS is empty.")
    if not name.strip():
        raise FolderRefused(f"Name a folder, such as {roots[0]}.")
    try:
        folder = (roots[0] / name.strip()).resolve()
        is_folder = folder.is_dir()
    except (ValueError, OSError, RuntimeError) as exc:  # NUL; too long; links in a circle
        raise FolderRefused(f"{name[:200]!r} cannot be the name of a folder.") from exc
    # One sentence for both, so that nobody learns what lies outside.
    if not is_folder or not is_allowed(stores, folder):
        raise FolderRefused(
            f"{name[:200]!r} is no folder below {', '.join(str(root) for root in roots)}."
        )
    return folder
