"""What a user takes away: piles as zips, the report, single pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ml.archive.export import Export
from ml.archive.export import export as export_members
from ml.archive.formats import browser_mime_type
from ml.scoring.piles import Pile
from ml.sieve.report import Row, csv_lines, json_lines
from webapp.errors import NotFound
from webapp.records import Job, Picture
from webapp.services import pictures as archives
from webapp.services import review
from webapp.storage import Stores
from webapp.storage.pictures import PictureQuery


def export(stores: Stores, job: Job, pile: Pile) -> Export:
    """The pile's members with their own bytes, names and times, as a zip of exact length.

    Raises ArchiveError when the archive is gone.
    """
    archive = archives.path_of(stores, job)
    with stores.reading() as tables:
        numbers = tables.pictures.numbers(PictureQuery.of(job), pile)
    return export_members(archive, numbers)


def report_csv(stores: Stores, job: Job) -> Iterator[str]:
    """What became of every member, as CSV, line by line."""
    return csv_lines(_rows(stores, job))


def report_json(stores: Stores, job: Job) -> Iterator[str]:
    """What became of every member, as a JSON array, in pieces."""
    return json_lines(_rows(stores, job))


def thumbnail(stores: Stores, job: Job, number: int) -> Path | None:
    """The picture's thumbnail (JPEG), or None where there is none (yet)."""
    file = stores.files.thumbnail(job.id, number)
    return file if file.is_file() else None


def original(stores: Stores, job: Job, number: int) -> tuple[bytes | Path, str]:
    """The picture in full with its MIME type, in a format that browsers show.

    That is the member's own bytes, or else the JPEG that the worker made of it: nothing is
    decoded here. Raises NotFound, ArchiveError, MemberUnreadable, MemberSkipped.
    """
    found = review.picture(stores, job, number)
    large = stores.files.large(job.id, number)
    if large.is_file():
        return large, "image/jpeg"
    data = archives.opened(stores, job).read(number)
    if (mimetype := browser_mime_type(data)) is None:
        raise NotFound(f"No browser shows {found.path!r}; it comes with the download of its pile.")
    return data, mimetype


def _rows(stores: Stores, job: Job) -> Iterator[Row]:
    """All members in archive order; a page at a time, so that no writer waits for a reader."""
    after: int | None = -1
    while after is not None:
        page = review.pictures(stores, job, after=after, limit=review.PAGE_PICTURES)
        yield from (_row(job, picture) for picture in page.pictures if picture.pile)
        after = page.next


def _row(job: Job, picture: Picture) -> Row:
    assert picture.pile is not None  # noqa: S101 - `_rows` leaves out what waits
    return Row(
        path=picture.path,
        pile=picture.pile,
        probability=picture.probability,
        verdict=picture.verdict,
        threshold=job.threshold,
        target=job.target,
        version=job.target_version,
        seconds=picture.seconds,
        reason=picture.reason,
        sha256=picture.sha256,
    )
