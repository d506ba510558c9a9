"""Archives of jobs. They stay open between requests, because opening a large one takes a second."""

from __future__ import annotations

import functools
import threading
from pathlib import Path

from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive
from ml.errors import ArchiveError
from webapp.records import Job
from webapp.storage import Stores

_KEPT_OPEN = 2
_opening = threading.Lock()
"""The neighbours of a picture are asked for at once: they wait for one opening."""


def find_archive(stores: Stores, job: Job) -> Path:
    """The job's archive. Raises ArchiveError when it is gone, or was refused when it arrived."""
    archive = stores.files.archive(job.id)
    if not archive.is_file():
        if not job.total:
            raise ArchiveError(
                f"There is nothing to download: “{job.name}” was refused when it arrived, so no "
                f"picture was sieved. {job.error or ''}".rstrip()
            )
        raise ArchiveError(f"The archive of “{job.name}” is gone.")
    return archive


def open_archive(stores: Stores, job: Job) -> OpenArchive:
    """The job's archive, for any number of threads to read from.

    Archives stay open between requests, because opening one of 60,000 members takes a second.
    Raises ArchiveError when it is gone or damaged.
    """
    archive = find_archive(stores, job)
    with _opening:
        return _open(archive, archive.stat().st_mtime_ns, stores.settings.limits)


def close_archives() -> None:
    """Close what nobody reads from: a deleted file that is open still takes its room."""
    with _opening:
        _open.cache_clear()


@functools.lru_cache(maxsize=_KEPT_OPEN)
def _open(archive: Path, _changed: int, limits: Limits) -> OpenArchive:
    """Not closed on eviction: another thread may still read. Garbage collection closes it."""
    return OpenArchive(archive, limits)
