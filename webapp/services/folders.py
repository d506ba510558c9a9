"""Sieve a folder on the server, below the folders that the operator allows."""

from __future__ import annotations

from pathlib import Path

from ml.archive.folder import pack_folder
from webapp.errors import FolderRefused
from webapp.records import Job
from webapp.services import uploads
from webapp.services.uploads import Upload
from webapp.storage import Stores


def sieve_folder(stores: Stores, name: str) -> Job:
    """Make a job of a folder's files. They are copied once into a zip and never changed.

    Args:
        name: an absolute path, or one below the first allowed folder.

    Raises FolderRefused, ArchiveError, StorageFull, and as `uploads.accept` does.
    """
    folder = find_folder(stores, name)
    draft = stores.files.new_upload()
    try:
        pack_folder(folder, draft, stores.settings.limits)
        (job,) = uploads.accept(stores, [Upload(f"{folder.name or 'folder'}.zip", draft)])
    finally:
        draft.unlink(missing_ok=True)
    return job


def find_folder(stores: Stores, name: str) -> Path:
    """Return an allowed folder with its links resolved. Raises FolderRefused."""
    roots = [Path(root).resolve() for root in stores.settings.folder_roots]
    if not roots:
        raise FolderRefused("Folders on the server are not allowed: MONASIEVE_FOLDERS is empty.")
    try:
        folder = (roots[0] / name.strip()).resolve()
        is_folder = folder.is_dir()
    except (ValueError, OSError, RuntimeError) as exc:  # NUL; too long; links in a circle
        raise FolderRefused(f"{name[:200]!r} cannot be the name of a folder.") from exc
    # One sentence for both, so that nobody learns what lies outside.
    if not is_folder or not any(folder.is_relative_to(root) for root in roots):
        raise FolderRefused(
            f"{name[:200]!r} is no folder below {', '.join(str(root) for root in roots)}."
        )
    return folder
