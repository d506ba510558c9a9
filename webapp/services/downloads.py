"""Downloads: piles as zips, and the report."""

from __future__ import annotations

from collections.abc import Iterator

from ml.archive.export import Export, export
from ml.scoring.piles import Pile
from ml.sieve.report import Reporter, ReportRow, write_csv, write_json
from webapp.records import Job
from webapp.services import archives, review
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery


def export_pile(stores: Stores, job: Job, pile: Pile) -> Export:
    """Return a pile's members with their own bytes, names and times, as a zip of known length.

    Raises ArchiveError if the archive is gone.
    """
    archive = archives.find_archive(stores, job)
    with stores.reading() as tables:
        numbers = tables.pictures.list_numbers(PictureQuery.of(job), pile)
    return export(archive, numbers)


def report_csv(stores: Stores, job: Job) -> Iterator[str]:
    """Yield the report of every member as CSV, line by line."""
    return write_csv(_list_rows(stores, job))


def report_json(stores: Stores, job: Job) -> Iterator[str]:
    """Yield the report of every member as a JSON array, in pieces."""
    return write_json(_list_rows(stores, job))


def _list_rows(stores: Stores, job: Job) -> Iterator[ReportRow]:
    """Yield all members in archive order. Each page has its own short transaction."""
    reporter = Reporter(job.target, job.target_version, job.prevalence, job.thresholds)
    after: int | None = -1
    while after is not None:
        page = review.list_pictures(stores, job, after=after, limit=review.PAGE_PICTURES)
        for picture in page.pictures:
            row = reporter.make_row(
                path=picture.path,
                outcome=picture.outcome,
                evidence=picture.evidence,
                verdict=picture.verdict,
                reason=picture.reason,
                seconds=picture.seconds,
                sha256=picture.sha256,
            )
            if row is not None:
                yield row
        after = page.next
