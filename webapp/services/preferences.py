"""The user's settings for later jobs."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from webapp.errors import FolderRefused, PreferenceRefused
from webapp.records import LOCAL_USER, Preferences
from webapp.services import targets
from webapp.storage import Stores
from webapp.storage.copies import CopyFolder

MOST_DAYS = 3_650


def get(stores: Stores) -> Preferences:
    """Return the user's settings, or the defaults."""
    with stores.reading() as tables:
        return tables.preferences.get(LOCAL_USER)


def looks_closely(stores: Stores) -> bool:
    """Tell whether pictures are also seen at the finer scale: operator and user must wish it."""
    return stores.settings.look_closely and get(stores).look_closely


def save(stores: Stores, preferences: Preferences) -> None:
    """Save the preferences, and make the storage folder if it is missing.

    Raises FolderRefused, PreferenceRefused, or NotFound for an unknown target.
    """
    if not 0.0 <= preferences.confidence <= 1.0:
        raise PreferenceRefused(
            f"A confidence lies between 0 % and 100 %, not at {100 * preferences.confidence:g} %."
        )
    if not 0 <= preferences.retention_days <= MOST_DAYS:
        raise PreferenceRefused(
            f"Finished jobs are deleted after 1 to {MOST_DAYS:,} days, or never (0); received "
            f"{preferences.retention_days:,}."
        )
    targets.get(stores, preferences.target)
    folder = stores.files.copy_folder(preferences.copy_folder)
    if preferences.copy_kept:
        _make_folder(folder)
    with stores.writing() as tables:
        tables.preferences.save(LOCAL_USER, preferences)


@dataclasses.dataclass(frozen=True, slots=True)
class FolderPreview:
    """What copying to a folder would do."""

    example: Path
    """Where a picture "art/wallpaper.jpg" of "crawl.zip" would be."""
    is_there: bool
    blocked_by: Path | None
    """What keeps it from being written: a file, or a folder of somebody else."""
    free_bytes: int


def preview_folder(stores: Stores, name: str) -> FolderPreview:
    """Look at a storage folder without changing anything. Raises FolderRefused."""
    folder = stores.files.copy_folder(name)
    place = CopyFolder(folder, "crawl.zip", "1a2b3c4d")
    example, _ = place.find_place("art/wallpaper.jpg", 0, "")
    nearest = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    is_usable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    return FolderPreview(
        example=example,
        is_there=folder.is_dir(),
        blocked_by=None if is_usable else nearest,
        free_bytes=shutil.disk_usage(nearest).free,
    )


def try_folder(stores: Stores, name: str) -> Path:
    """Write a file into a storage folder and remove it. Returns the folder.

    Folders that are missing are made and removed again. Raises FolderRefused.
    """
    folder = stores.files.copy_folder(name)
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        _make_folder(folder)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"MonaSieve was here")
    except OSError as exc:
        raise FolderRefused(f"Nothing can be written in {folder}: {exc.strerror}.") from exc
    finally:
        for one in missing:
            with suppress(OSError):
                one.rmdir()
    return folder


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise FolderRefused(f"The folder {folder} cannot be made: {exc.strerror}.") from exc
