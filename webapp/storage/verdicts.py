"""The SQL about verdicts, by user, target and a picture's content."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from ml.scoring.piles import Verdict
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
        statement = (
            select(verdicts)
            .where(verdicts.c.user_id == user_id, verdicts.c.target == target)
            .where(verdicts.c.sha256.in_(contents))
        )
        found: dict[str, StoredVerdict | None] = dict.fromkeys(contents)
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
        if not wanted:
            return
        self._connection.execute(
            delete(verdicts)
            .where(verdicts.c.user_id == user_id, verdicts.c.target == target)
            .where(verdicts.c.sha256.in_(wanted))
        )
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
