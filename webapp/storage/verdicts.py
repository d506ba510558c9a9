"""The SQL about verdicts, by user, target and a picture's content."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice

from sqlalchemy import Connection, and_, delete, insert, select

from ml.scoring.piles import Outcome, Verdict
from webapp.records import Job
from webapp.storage.pictures import INSERT_ROWS
from webapp.storage.tables import pictures, verdicts
from webapp.verdict_records import StoredVerdict


class Verdicts:
    """The table of verdicts, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(
        self, user_id: int, target: str, contents: Collection[str]
    ) -> dict[str, StoredVerdict | None]:
        """Return the verdict on each picture's content (SHA-256); None where there is none."""
        of_user = (verdicts.c.user_id == user_id) & (verdicts.c.target == target)
        found: dict[str, StoredVerdict | None] = dict.fromkeys(contents)
        for block in _divide(contents):
            statement = select(verdicts).where(of_user, verdicts.c.sha256.in_(block))
            for row in self._connection.execute(statement):
                found[row.sha256] = StoredVerdict(
                    verdict=Verdict(row.verdict),
                    changed=row.changed,
                    job_id=row.job_id,
                    job_name=row.job_name,
                )
        return found

    def read_of_job(self, job: Job) -> dict[str, dict[int, bool]]:
        """Return the verdicts on a job's scored pictures, by target and number; True: it is."""
        of_user = verdicts.c.user_id == job.user_id
        names = self._connection.scalars(select(verdicts.c.target).where(of_user).distinct()).all()
        return {name: self._read_of_target(job, name) for name in names}

    def _read_of_target(self, job: Job, target: str) -> dict[int, bool]:
        applies = and_(  # all of the verdicts' key; without the target SQLite compares each by each
            verdicts.c.user_id == job.user_id,
            verdicts.c.target == target,
            verdicts.c.sha256 == pictures.c.sha256,
        )
        statement = (
            select(pictures.c.number, verdicts.c.verdict)
            .select_from(pictures.join(verdicts, applies))
            .where(pictures.c.job_id == job.id, pictures.c.outcome == Outcome.SCORED)
        )
        rows = self._connection.execute(statement)
        return {number: verdict == Verdict.IS for number, verdict in rows}

    def write(self, user_id: int, target: str, wanted: Mapping[str, StoredVerdict | None]) -> None:
        """Replace the verdicts on these contents (SHA-256); None removes the verdict."""
        of_user = (verdicts.c.user_id == user_id) & (verdicts.c.target == target)
        for block in _divide(wanted):
            self._connection.execute(delete(verdicts).where(of_user, verdicts.c.sha256.in_(block)))
        rows = [
            {
                "user_id": user_id,
                "target": target,
                "sha256": sha256,
                "verdict": stored.verdict,
                "changed": stored.changed,
                "job_id": stored.job_id,
                "job_name": stored.job_name,
            }
            for sha256, stored in wanted.items()
            if stored is not None
        ]
        if rows:
            self._connection.execute(insert(verdicts), rows)


def _divide(contents: Iterable[str]) -> Iterator[list[str]]:
    """Yield them in blocks, because SQLite takes 32,766 values in a statement."""
    remaining = iter(contents)
    while block := list(islice(remaining, INSERT_ROWS)):
        yield block
