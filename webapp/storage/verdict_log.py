"""The SQL about the log of verdicts, which undo and redo read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, select, update

from ml.scoring.piles import Verdict
from webapp.records import Job
from webapp.storage.tables import pictures, verdict_changes, verdict_entries
from webapp.verdict_records import StoredVerdict, VerdictEntry, VerdictHistory


class VerdictLog:
    """The entries of a job for the target it shows, in one transaction.

    Undone entries are the newest ones, and they wait for redo. A new entry deletes them.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        job: Job,
        given: Mapping[str, Verdict | None],
        numbers: Sequence[int],
        before: Mapping[str, StoredVerdict | None],
        *,
        now: datetime,
        request_id: str | None = None,
        report: str | None = None,
    ) -> None:
        """Insert an entry, and delete those that were undone.

        Args:
            given: the new verdicts by the pictures' SHA-256; all the same, unless a report has
                given them.
            numbers: of the pictures that the user meant.
            before: the verdicts that the entry replaces, by the pictures' SHA-256.
        """
        undone = verdict_entries.c.is_undone & _is_of(job)
        self._connection.execute(delete(verdict_entries).where(undone))
        values = {
            "job_id": job.id,
            "target": job.target,
            "verdict": None if report else next(iter(given.values())),
            "pictures": len(numbers),
            "number": numbers[0],
            "request_id": request_id,
            "is_undone": False,
            "created": now,
            "report": report,
        }
        statement = insert(verdict_entries).values(values).returning(verdict_entries.c.id)
        self._add_changes(self._connection.execute(statement).scalar_one(), before, given)

    def _add_changes(
        self,
        entry_id: int,
        before: Mapping[str, StoredVerdict | None],
        given: Mapping[str, Verdict | None],
    ) -> None:
        rows = [
            {
                "entry_id": entry_id,
                "sha256": sha256,
                "verdict": stored and stored.verdict,
                "changed": stored and stored.changed,
                "job_id": stored and stored.job_id,
                "job_name": stored and stored.job_name,
                "given": given[sha256],
            }
            for sha256, stored in before.items()
        ]
        self._connection.execute(insert(verdict_changes), rows)

    def replace_changes(self, entry_id: int, before: Mapping[str, StoredVerdict | None]) -> None:
        """Store what an entry replaces now that it is applied again."""
        given = self.read_given(entry_id)
        of_entry = verdict_changes.c.entry_id == entry_id
        self._connection.execute(delete(verdict_changes).where(of_entry))
        self._add_changes(entry_id, before, given)

    def set_undone(self, entry_id: int, is_undone: bool) -> None:
        """Note that an entry was undone, or applied again."""
        statement = update(verdict_entries).where(verdict_entries.c.id == entry_id)
        self._connection.execute(statement.values(is_undone=is_undone))

    def find_request(self, job: Job, request_id: str) -> int | None:
        """Return the entry that a request made; None: the request is new."""
        statement = select(verdict_entries.c.id).where(
            verdict_entries.c.job_id == job.id, verdict_entries.c.request_id == request_id
        )
        return self._connection.scalar(statement)

    def is_undone(self, job: Job, entry_id: int) -> bool | None:
        """Tell whether an entry is undone; None: the job has no such entry."""
        statement = select(verdict_entries.c.is_undone)
        return self._connection.scalar(
            statement.where(verdict_entries.c.id == entry_id, _is_of(job))
        )

    def list_changes(self, entry_id: int) -> dict[str, StoredVerdict | None]:
        """Return what an entry replaced, by the pictures' SHA-256."""
        statement = select(verdict_changes).where(verdict_changes.c.entry_id == entry_id)
        return {
            row.sha256: StoredVerdict(
                verdict=Verdict(row.verdict),
                changed=row.changed,
                job_id=row.job_id,
                job_name=row.job_name,
            )
            if row.verdict
            else None
            for row in self._connection.execute(statement)
        }

    def read_given(self, entry_id: int) -> dict[str, Verdict | None]:
        """Return what an entry set, by the pictures' SHA-256; None: it removed the verdict."""
        statement = select(verdict_changes.c.sha256, verdict_changes.c.given)
        rows = self._connection.execute(statement.where(verdict_changes.c.entry_id == entry_id))
        return {row.sha256: Verdict(row.given) if row.given else None for row in rows}

    def read_history(self, job: Job) -> VerdictHistory:
        """Return what undo and redo would change, and how many steps each has."""
        counts = dict.fromkeys((False, True), 0)
        statement = select(verdict_entries.c.is_undone, func.count()).where(_is_of(job))
        for is_undone, count in self._connection.execute(
            statement.group_by(verdict_entries.c.is_undone)
        ):
            counts[is_undone] = count
        return VerdictHistory(
            undo=self.find_undo(job),
            redo=self.find_redo(job),
            undo_steps=counts[False],
            redo_steps=counts[True],
        )

    def find_undo(self, job: Job, *, after: int = 0) -> VerdictEntry | None:
        """Return the newest entry above the id `after` that is not undone."""
        statement = _select_entries(job).where(verdict_entries.c.id > after)
        return self._find(
            statement.where(~verdict_entries.c.is_undone).order_by(verdict_entries.c.id.desc())
        )

    def find_redo(self, job: Job) -> VerdictEntry | None:
        """Return the oldest undone entry."""
        statement = _select_entries(job).where(verdict_entries.c.is_undone)
        return self._find(statement.order_by(verdict_entries.c.id))

    def _find(
        self, statement: Select[tuple[int, str | None, int, str | None, str]]
    ) -> VerdictEntry | None:
        row = self._connection.execute(statement.limit(1)).one_or_none()
        if row is None:
            return None
        verdict = Verdict(row.verdict) if row.verdict else None
        return VerdictEntry(row.id, verdict, row.pictures, row.path, row.report)


def _is_of(job: Job) -> ColumnElement[bool]:
    return and_(verdict_entries.c.job_id == job.id, verdict_entries.c.target == job.target)


def _select_entries(job: Job) -> Select[tuple[int, str | None, int, str | None, str]]:
    first = and_(
        pictures.c.job_id == verdict_entries.c.job_id,
        pictures.c.number == verdict_entries.c.number,
    )
    return (
        select(
            verdict_entries.c.id,
            verdict_entries.c.verdict,
            verdict_entries.c.pictures,
            verdict_entries.c.report,
            pictures.c.path,
        )
        .select_from(verdict_entries.join(pictures, first))
        .where(_is_of(job))
    )
