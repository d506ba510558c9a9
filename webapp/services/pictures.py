"""Single pictures for the browser: thumbnails, and originals from the job's archive."""

from __future__ import annotations

from pathlib import Path

from ml.archive.formats import find_browser_mime_type
from webapp.errors import NotFound
from webapp.records import LOCAL_USER, Job
from webapp.services import archives, review
from webapp.storage import Stores


def find_thumbnail(stores: Stores, job_id: str, number: int) -> Path | None:
    """Return the picture's thumbnail (JPEG); None if there is none, or no such job.

    A wall asks for sixty at once, so nothing else of the job is read.
    """
    with stores.reading() as tables:
        if not tables.jobs.is_listed(LOCAL_USER, job_id):
            return None
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
    data = archives.open_archive(stores, job).read(number)
    if (mime_type := find_browser_mime_type(data)) is None:
        raise NotFound(
            f"Browsers cannot show {picture.path!r}. It comes with the download of its pile."
        )
    return data, mime_type
