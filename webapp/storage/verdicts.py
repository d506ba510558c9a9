"""The SQL about verdicts, by user, target and a picture's content."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice

from sqlalchemy import Connection, delete, insert, select

from ml.scoring.piles import Verdict
from webapp.storage.pictures import INSERT_ROWS
from webapp.storage.tables import verdicts
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
