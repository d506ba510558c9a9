"""Downloads: piles and selections as zips, and the report."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator

from ml.archive.export import export
from ml.archive.exported_zip import Export, NewNames
from ml.scoring.piles import Pile, compute_probability
from ml.sieve.report import Reporter, ReportRow, describe_caution, write_csv, write_json
from ml.sieve.sidecars import SidecarKind, make_sidecars
from webapp.errors import NotFound, ResultChanged
from webapp.records import Job
from webapp.services import archives, review, selections
from webapp.services.certificate import read_certificate
from webapp.services.columns import compute_state
from webapp.services.jobs import require_job
from webapp.services.variants import keep_largest
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery

SELECTED_PICTURES = 1_000_000
"""The largest number of pictures in one selection."""
HIGHEST_SHOWN = 0.9999
"""In a name: no picture is certain."""


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """What the page shows that a download is started from."""

    state: str
    """As in `webapp.services.columns.compute_state`."""
    count: int | None
    """The pictures to download."""


def export_piles(
    stores: Stores,
    job: Job,
    piles: Collection[Pile],
    seen: Seen | None = None,
    *,
    only_largest: bool = False,
    with_probability: bool = False,
    sidecars: SidecarKind | None = None,
) -> Export:
    """Return the members of piles with their own bytes, names and times, as a zip of known length.

    Args:
        only_largest: leave out pictures of which a larger variant is exported.
        with_probability: begin each name with the picture's probability, as in "0.9731_name.png".
        sidecars: for this kind of program, beside each kept picture.

    Raises ArchiveError if the archive is gone, ResultChanged if the piles are not as `seen`.
    """
    archive = archives.find_archive(stores, job)
    with stores.reading() as tables:
        job = require_job(tables, job.id)
        query = PictureQuery.of(job)
        numbers = [n for pile in piles for n in tables.pictures.list_numbers(query, pile)]
        state = compute_state(tables, job)
        wanted = keep_largest(tables, job, numbers) if only_largest else numbers
        prefixes = _make_prefixes(tables, query) if with_probability else {}
        kept = set(tables.pictures.list_numbers(query, Pile.KEPT)) if sidecars else set()
    if seen and (seen.state != state or seen.count not in (None, len(numbers))):
        raise ResultChanged(
            "The result has changed since this page was opened. Reload it and download again."
        )
    beside = make_sidecars(sidecars, job.target_title, kept) if sidecars else None
    return export(archive, wanted, NewNames(prefixes=prefixes), beside)


def _make_prefixes(tables: Tables, query: PictureQuery) -> dict[int, bytes]:
    """Return the probability of each scored picture as text of one width, never a full 1."""
    scored = tables.columns.read_scored(query)
    probabilities = (
        compute_probability(evidence, query.job.prevalence)
        for evidence in scored["evidence"].tolist()
    )
    return {
        number: f"{min(probability, HIGHEST_SHOWN):.4f}_".encode()
        for number, probability in zip(scored["number"].tolist(), probabilities, strict=True)
    }


def save_selection(stores: Stores, job_id: str, numbers: Collection[int]) -> str:
    """Store which pictures are to be downloaded, and return the name of the selection.

    Raises NotFound, ResultChanged if one of the pictures has no score, StorageFull.
    """
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        missing = set(numbers).difference(tables.pictures.list_scored(job.id))
    if missing:
        raise ResultChanged(
            f"{len(missing):,} of the {len(set(numbers)):,} selected pictures are no longer there. "
            "Reload the page and select again."
        )
    return selections.save_selection(stores, job.id, " ".join(map(str, sorted(set(numbers)))))


def export_selection(stores: Stores, job: Job, name: str) -> Export:
    """Return the pictures of a stored selection as a zip of known length.

    Raises ArchiveError if the archive is gone, NotFound if the selection is not known.
    """
    archive = archives.find_archive(stores, job)
    try:
        text = stores.files.selection(job.id, name).read_text()
    except FileNotFoundError as error:
        raise NotFound("This selection is gone. Select the pictures again.") from error
    return export(archive, map(int, text.split()))


def report_csv(stores: Stores, job: Job) -> Iterator[str]:
    """Yield the report of every member as CSV, line by line."""
    return write_csv(_list_rows(stores, job))


def report_json(stores: Stores, job: Job) -> Iterator[str]:
    """Yield the report of every member as a JSON array, in pieces."""
    return write_json(_list_rows(stores, job))


def _describe_certificate(stores: Stores, job: Job) -> str | None:
    certificate = read_certificate(stores, job.id)
    if certificate is None:
        return None
    sentence = certificate.describe(job.target_title)
    return f"No longer holds: {sentence}" if certificate.is_out_of_date else sentence


def _list_rows(stores: Stores, job: Job) -> Iterator[ReportRow]:
    """Yield all members in archive order. Each page has its own short transaction."""
    caution = describe_caution(job.unlikeness, job.kinds, job.target_title)
    reporter = Reporter(job.target, job.target_version, job.prevalence, job.thresholds, caution)
    with stores.reading() as tables:
        largest = tables.variants.read_largest(job.id)
    sentence = _describe_certificate(stores, job)
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
                variant_of=largest.get(picture.number),
            )
            if row is not None:
                in_sample = row.pile is Pile.REJECTED and row.probability is not None
                yield dataclasses.replace(row, certificate=sentence) if in_sample else row
        after = page.next
