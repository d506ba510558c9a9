"""Single pictures for the browser: thumbnails, and originals from the job's archive."""

from __future__ import annotations

import functools
import threading
from pathlib import Path

from ml.archive.formats import find_browser_mime_type
from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive
from ml.errors import ArchiveError
from webapp.errors import NotFound
from webapp.records import Job
from webapp.services import review
from webapp.storage import Stores

_KEPT_OPEN = 2
_opening = threading.Lock()
"""A page requests many pictures at once. With this lock they open their archive only once."""


def find_thumbnail(stores: Stores, job_id: str, number: int) -> Path | None:
    """Return the picture's thumbnail (JPEG); None if there is none yet."""
    file = stores.files.thumbnail(job_id, number)
    return file if file.is_file() else None


def read_original(stores: Stores, job: Job, number: int) -> tuple[bytes | Path, str]:
    """Return the whole picture with its MIME type, in a format that browsers show.

    This is the member itself, or the large JPEG that a worker made of it. Nothing is decoded
    here. Raises NotFound, ArchiveError, MemberUnreadable, MemberSkipped.
    """
    picture = review.get_picture(stores, job, number)
    large = stores.files.large(job.id, number)
    if large.is_file():
        return large, "image/jpeg"
    data = open_archive(stores, job).read(number)
    if (mime_type := find_browser_mime_type(data)) is None:
        raise NotFound(
            f"No browser shows {picture.path!r}; it comes with the download of its pile."
        )
    return data, mime_type


def find_archive(stores: Stores, job: Job) -> Path:
    """Return the job's archive. Raises ArchiveError if it is gone."""
    archive = stores.files.archive(job.id)
    if not archive.is_file():
        raise ArchiveError(f"The archive of “{job.name}” is gone.")
    return archive


def open_archive(stores: Stores, job: Job) -> OpenArchive:
    """Open the job's archive; any number of threads may read from it.

    Archives stay open between requests, because opening one of 60,000 members takes a second.
    Raises ArchiveError if it is gone or damaged.
    """
    archive = find_archive(stores, job)
    with _opening:
        return _open(archive, archive.stat().st_mtime_ns, stores.settings.limits)


def close_archives() -> None:
    """Close archives that no thread reads, because an open file keeps its room after deletion."""
    with _opening:
        _open.cache_clear()


@functools.lru_cache(maxsize=_KEPT_OPEN)
def _open(archive: Path, _changed: int, limits: Limits) -> OpenArchive:
    """Not closed on eviction: another thread may still read. Garbage collection closes it."""
    return OpenArchive(archive, limits)
