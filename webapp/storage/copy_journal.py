"""The SQL about copies, and about the files that were written for each."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from webapp.copy_records import Copy, CopyState
from webapp.records import JobState
from webapp.storage.tables import copied_files, copies, jobs


class CopyJournal:
    """The tables of copies, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job_id: str, folder: str) -> None:
        """Ask the runner to copy the job's kept pictures to a folder below the storage root."""
        values = {"job_id": job_id, "folder": folder, "state": CopyState.WAITING}
        self._connection.execute(insert(copies).values(**values, created=datetime.now(UTC)))

    def get(self, copy_id: int) -> Copy | None:
        """Return one copy."""
        found = self._read(copies.c.id == copy_id)
        return found[0] if found else None

    def list_of_job(self, job_id: str) -> list[Copy]:
        """Return a job's copies, the newest first."""
        return self._read(copies.c.job_id == job_id)[::-1]

    def find_next(self) -> Copy | None:
        """Return the oldest copy to work on, of a job that is not deleted."""
        is_there = jobs.c.trashed.is_(None) & (jobs.c.state != JobState.DELETING)
        found = self._read(copies.c.state != CopyState.DONE, is_there, limit=1)
        return found[0] if found else None

    def set_state(self, copy_id: int, state: CopyState) -> None:
        """Set what becomes of a copy."""
        self._connection.execute(update(copies).where(copies.c.id == copy_id).values(state=state))

    def remove(self, copy_id: int) -> None:
        """Forget a copy with its files."""
        self._connection.execute(delete(copies).where(copies.c.id == copy_id))

    def add_file(self, copy_id: int, path: str, sha256: str) -> None:
        """Note a file before it is written. `path` is relative to the storage root."""
        self._connection.execute(
            insert(copied_files).values(copy_id=copy_id, path=path, sha256=sha256)
        )

    def remove_file(self, copy_id: int, path: str) -> None:
        """Forget a file that was not written, or that is removed."""
        self._connection.execute(
            delete(copied_files).where(
                copied_files.c.copy_id == copy_id, copied_files.c.path == path
            )
        )

    def list_files(self, copy_id: int, *, after: str, limit: int) -> list[tuple[str, str]]:
        """Return paths behind a path in their order, each with its SHA-256."""
        statement = (
            select(copied_files.c.path, copied_files.c.sha256)
            .where(copied_files.c.copy_id == copy_id, copied_files.c.path > after)
            .order_by(copied_files.c.path)
            .limit(limit)
        )
        return [(row.path, row.sha256) for row in self._connection.execute(statement)]

    def read_hashes(self, job_id: str) -> dict[str, str]:
        """Return the SHA-256 of all files that were written for a job, by their paths."""
        statement = (
            select(copied_files.c.path, copied_files.c.sha256)
            .join(copies, copies.c.id == copied_files.c.copy_id)
            .where(copies.c.job_id == job_id)
        )
        return {row.path: row.sha256 for row in self._connection.execute(statement)}

    def list_same(self, sha256: str, *, limit: int) -> list[str]:
        """Return paths of files that were written with this content."""
        statement = select(copied_files.c.path).where(copied_files.c.sha256 == sha256).limit(limit)
        return list(self._connection.scalars(statement))

    def _read(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Copy]:
        files = select(func.count()).where(copied_files.c.copy_id == copies.c.id)
        statement = (
            select(copies, files.scalar_subquery().label("files"))
            .join(jobs, jobs.c.id == copies.c.job_id)
            .where(*conditions)
            .order_by(copies.c.id)
            .limit(limit)
        )
        return [_make_copy(row) for row in self._connection.execute(statement)]


def _make_copy(row: Row[tuple[object, ...]]) -> Copy:
    values = row._asdict()
    return Copy(**{**values, "state": CopyState(values["state"])})
