"""The user's verdicts: give, remove, undo, redo. Each request is one entry of the job's log.

A verdict belongs to the picture's content and the target, so it counts for copies in this archive
and in other jobs too. Undo and redo belong to a job and the target it shows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ml.scoring.piles import Outcome, Pile, Verdict
from webapp.errors import NotFound
from webapp.records import HIGHEST, Job, Picture
from webapp.services.jobs import require_job
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery
from webapp.verdict_records import StoredVerdict, VerdictEntry, VerdictHistory

BULK_PICTURES = 10_000
"""The largest number of pictures in one bulk verdict. SQLite takes 32,766 values in a statement."""


@dataclasses.dataclass(frozen=True, slots=True)
class Changes:
    """A job after a request about verdicts."""

    job: Job
    pictures: list[Picture]
    """The pictures that the request is about, their copies in this archive included."""
    piles: dict[Pile, int]
    history: VerdictHistory


def set_verdict(
    stores: Stores,
    job_id: str,
    number: int,
    verdict: Verdict | None,
    *,
    request_id: str | None = None,
) -> list[str]:
    """Set the verdict on one picture; None removes it. Returns the picture's SHA-256 in a list.

    Raises NotFound, also for a picture that was never scored, because no verdict can move it.
    """
    contents = set_verdicts(stores, job_id, [number], verdict, request_id=request_id)
    if not contents:
        raise NotFound(f"This job has no readable picture number {number}.")
    return contents


def set_verdicts(
    stores: Stores,
    job_id: str,
    numbers: Sequence[int],
    verdict: Verdict | None,
    *,
    request_id: str | None = None,
) -> list[str]:
    """Set the same verdict on several pictures, all or none; None removes verdicts.

    Args:
        request_id: a name that the client chose for this request. If it sends the request again,
            because the answer was lost, nothing is set twice.

    Returns: the SHA-256 of those pictures that were scored. The others have no verdict.

    Raises NotFound.
    """
    wanted = [number for number in numbers if number < HIGHEST][:BULK_PICTURES]
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        known = tables.verdict_log.find_request(job, request_id) if request_id else None
        if known is not None:
            return list(tables.verdict_log.list_changes(known))
        scored = {
            picture.number: picture.sha256
            for picture in tables.pictures.list_by_number(PictureQuery.of(job), wanted)
            if picture.sha256 is not None and picture.outcome is Outcome.SCORED
        }
        contents = list(dict.fromkeys(scored.values()))
        before = _find_differing(tables, job, contents, verdict)
        if before:
            meant = [number for number, sha256 in scored.items() if sha256 in before]
            now = datetime.now(UTC)
            given = dict.fromkeys(before, verdict)
            tables.verdict_log.add(job, given, meant, before, request_id=request_id, now=now)
            _apply(tables, job, given)
    return contents


def restore_verdicts(
    tables: Tables, job: Job, wanted: Mapping[str, Verdict], *, report: str
) -> tuple[int, int, int]:
    """Set the verdicts that a report has, as one entry, within a transaction.

    Args:
        wanted: by SHA-256. Pictures that the job does not have are left out.
        report: the report's name.

    Returns: how many of them are about pictures of the job, how many of these were not stored
        before, and how many of those replaced another verdict.
    """
    pictures = tables.pictures.list_by_content(PictureQuery.of(job), wanted)
    known = {p.sha256: p.number for p in reversed(pictures) if p.outcome is Outcome.SCORED}
    given = {sha256: wanted[sha256] for sha256 in known if sha256 is not None}
    stored = tables.verdicts.read(job.user_id, job.target, given)
    before = {
        sha256: old
        for sha256, old in stored.items()
        if (old.verdict if old else None) != given[sha256]
    }
    if before:
        numbers = sorted(known[sha256] for sha256 in before)
        now = datetime.now(UTC)
        changed = {sha256: given[sha256] for sha256 in before}
        tables.verdict_log.add(job, changed, numbers, before, now=now, report=report)
        _apply(tables, job, changed)
    return len(given), len(before), sum(old is not None for old in before.values())


def _find_differing(
    tables: Tables, job: Job, contents: list[str], verdict: Verdict | None
) -> dict[str, StoredVerdict | None]:
    """Return the stored verdicts that differ from `verdict`, by SHA-256."""
    stored = tables.verdicts.read(job.user_id, job.target, contents)
    return {
        sha256: before
        for sha256, before in stored.items()
        if (before.verdict if before else None) != verdict
    }


def _apply(tables: Tables, job: Job, given: Mapping[str, Verdict | None]) -> None:
    """Store verdicts that the user gives in this job, by SHA-256; None removes one."""
    now = datetime.now(UTC)
    stored: dict[str, StoredVerdict | None] = dict.fromkeys(given)
    for sha256, verdict in given.items():
        if verdict is not None:
            stored[sha256] = StoredVerdict(verdict, changed=now, job_id=job.id, job_name=job.name)
    tables.verdicts.write(job.user_id, job.target, stored)


def undo(stores: Stores, job_id: str, *, entry_id: int | None = None) -> list[str]:
    """Undo the newest entry. Returns the SHA-256 of its pictures; none if nothing is to be undone.

    Args:
        entry_id: the entry that the client means. An entry that is undone already stays undone,
            and one that is no longer the newest is left as it is.

    Raises NotFound.
    """
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        entry = tables.verdict_log.find_undo(job)
        if entry is not None and entry_id in (None, entry.id):
            return _undo(tables, job, entry)
        if entry_id is not None and tables.verdict_log.is_undone(job, entry_id):
            return list(tables.verdict_log.list_changes(entry_id))
    return []


def undo_all(stores: Stores, job_id: str, *, after: int) -> list[str]:
    """Undo every entry newer than the entry `after`. Returns the SHA-256 of their pictures.

    Raises NotFound.
    """
    contents: dict[str, None] = {}
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        while entry := tables.verdict_log.find_undo(job, after=after):
            contents |= dict.fromkeys(_undo(tables, job, entry))
    return list(contents)


def _undo(tables: Tables, job: Job, entry: VerdictEntry) -> list[str]:
    """Restore what an entry replaced, except where another job changed the verdict since."""
    before = tables.verdict_log.list_changes(entry.id)
    given = tables.verdict_log.read_given(entry.id)
    now = tables.verdicts.read(job.user_id, job.target, list(before))
    restored = {
        sha256: before[sha256]
        for sha256, stored in now.items()
        if (stored is None and given[sha256] is None)
        or (stored and (stored.verdict, stored.job_id) == (given[sha256], job.id))
    }
    tables.verdicts.write(job.user_id, job.target, restored)
    tables.verdict_log.set_undone(entry.id, True)
    return list(before)


def redo(stores: Stores, job_id: str, *, entry_id: int | None = None) -> list[str]:
    """Apply the entry that was undone last again. Arguments and errors are those of `undo`."""
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        entry = tables.verdict_log.find_redo(job)
        if entry is not None and entry_id in (None, entry.id):
            given = tables.verdict_log.read_given(entry.id)
            before = tables.verdicts.read(job.user_id, job.target, given)
            tables.verdict_log.replace_changes(entry.id, before)
            _apply(tables, job, given)
            tables.verdict_log.set_undone(entry.id, False)
            return list(given)
        if entry_id is not None and tables.verdict_log.is_undone(job, entry_id) is False:
            return list(tables.verdict_log.list_changes(entry_id))
    return []


def read_history(stores: Stores, job_id: str) -> tuple[Job, VerdictHistory]:
    """Return a job and what undo and redo would change in it. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        return job, tables.verdict_log.read_history(job)


def read_changes(
    stores: Stores, job_id: str, contents: Sequence[str], *, confidence: float | None
) -> Changes:
    """Return a job and some of its pictures at the page's confidence (None: the job's).

    Raises NotFound.
    """
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        query = PictureQuery.of(job, confidence)
        return Changes(
            job=job,
            pictures=tables.pictures.list_by_content(query, contents),
            piles=tables.progress.count_piles(query),
            history=tables.verdict_log.read_history(job),
        )
