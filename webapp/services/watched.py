"""Sieve what is put into the watched folder, once it stops growing, once each."""

from __future__ import annotations

import dataclasses
import logging
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from ml.archive.formats import has_archive_suffix
from ml.archive.intake import find_archive_kind
from ml.errors import MonaError, StorageFull
from webapp.safe_names import mask_hostile
from webapp.services import folders, queue, uploads
from webapp.services.jobs import LEAST_FREE_BYTES
from webapp.services.new_jobs import NAME_LENGTH, JobOptions, add_failed_job, choose_options
from webapp.services.uploads import Upload
from webapp.storage import Stores, Tables

log = logging.getLogger(__name__)

_UNFINISHED = (
    *(".part", ".partial", ".crdownload", ".download", ".opdownload", ".filepart"),
    *(".tmp", ".temp", ".aria2", ".!qb", ".!ut", "~"),
)
"""Endings of names that programs give to files which are still written."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """An archive or a folder as it is now."""

    path: Path
    is_folder: bool
    size: int  # bytes; of a folder: of all its files together
    changed: int  # nanoseconds since 1970; of a folder: of its last file

    def remember(self, tables: Tables) -> None:
        """Note that it became a job as it is now."""
        tables.watched.remember(os.fsencode(self.path), self.size, self.changed)


def find_trouble(stores: Stores) -> str | None:
    """Return why the watched folder cannot be read, as a sentence; None if it can."""
    folder = stores.settings.watch
    if not folder or os.access(folder, os.R_OK | os.X_OK):
        return None
    return f"The watched folder {folder} is gone or cannot be read."


class Watcher:
    """Looks into the watched folder again and again."""

    def __init__(self, stores: Stores, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds."""
        self._stores = stores
        self._clock = clock
        self._since: dict[Found, float] = {}
        """When each was first seen as it is now."""

    def look(self) -> None:
        """Sieve what has stayed unchanged for long enough.

        What cannot be sieved becomes a failed job. Raises OSError if the folder cannot be read,
        and errors that concern no single archive, such as a full disk; the next look tries again.
        """
        now = self._clock()
        with self._stores.reading() as tables:
            known = tables.watched.read_all()
        found = [
            one
            for one in list_found(Path(self._stores.settings.watch).absolute())
            if known.get(os.fsencode(one.path)) != (one.size, one.changed)
        ]
        self._since = {one: self._since.get(one, now) for one in found}
        errors = []
        for one, since in self._since.items():
            if now - since >= self._stores.settings.watch_seconds:
                try:
                    sieve_found(self._stores, one)
                except MonaError as error:  # there may be room for the next one
                    errors.append(error)
        if errors:
            raise errors[0]


def list_found(folder: Path) -> Iterator[Found]:
    """Yield the files and subfolders that may be sieved. Raises OSError.

    Links, hidden and empty ones are left out, and files that a program still writes.
    """
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    names = {entry.name.lower() for entry in entries}
    for entry in entries:
        name = entry.name.lower()
        has_part = any(name + ending in names for ending in _UNFINISHED)
        if name.startswith(".") or name.endswith(_UNFINISHED) or has_part:
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # it was removed since the line above
        if stat.S_ISDIR(status.st_mode):
            size, changed = _measure(Path(entry.path))
            if size or changed:
                yield Found(Path(entry.path), True, size, changed)
        elif stat.S_ISREG(status.st_mode):
            yield Found(Path(entry.path), False, status.st_size, status.st_mtime_ns)


def sieve_found(stores: Stores, found: Found) -> None:
    """Make a job of an archive or a folder, a failed one if it cannot be sieved.

    Other files are left alone, and what is gone by now. Raises TemporaryFailure, and what
    `choose_options` raises.
    """
    options = choose_options(stores, None, None, start_at_once=True)
    wanted = dataclasses.replace(options.preferences, copy_kept=True)
    options = dataclasses.replace(options, preferences=wanted)
    name = mask_hostile(found.path.name)[:NAME_LENGTH]
    try:
        if found.is_folder:
            folders.accept_folder(stores, found.path, options, found.remember)
        elif has_archive_suffix(name) or find_archive_kind(found.path, name):
            _sieve_archive(stores, found, options)
        else:
            with stores.writing() as tables:
                found.remember(tables)
    except Exception as error:
        if queue.is_temporary(error):
            raise
        if not found.path.exists():
            return  # it was moved away since it was found
        sentence = queue.describe(error)
        log.warning("%s cannot be sieved: %s", found.path, sentence)
        add_failed_job(stores, name, options, sentence, found.remember)


def _sieve_archive(stores: Stores, found: Found, options: JobOptions) -> None:
    """Copy an archive, because its owner may change it later, and make a job of the copy."""
    if found.size > stores.files.free_bytes - LEAST_FREE_BYTES:
        raise StorageFull(f"There is no room on the disk for {found.path}.")
    draft = stores.files.new_upload()
    try:
        handle = os.open(found.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as source, draft.open("xb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            status = os.fstat(handle)
        if (status.st_size, status.st_mtime_ns) == (found.size, found.changed):
            upload = Upload(found.path.name, draft)
            uploads.accept(stores, [upload], options=options, also=found.remember)
        # Else it was changed while it was copied, and a later look sieves it.
    finally:
        draft.unlink(missing_ok=True)


def _measure(folder: Path) -> tuple[int, int]:
    """Return the bytes of all files below a folder, and when the last one was changed."""
    size = changed = 0
    folders = [str(folder)]
    while folders:
        with suppress(OSError):  # it is gone, or must not be read
            for entry in os.scandir(folders.pop()):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    folders.append(entry.path)
                else:
                    size += status.st_size
                    changed = max(changed, status.st_mtime_ns)
    return size, changed
