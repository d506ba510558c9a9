"""The SQL about verdicts, by user, target and a picture's content."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, insert

from ml.scoring.piles import Verdict
from webapp.storage.tables import verdicts


class Verdicts:
    """The table of verdicts, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set(
        self,
        user_id: int,
        target: str,
        contents: Collection[str],
        verdict: Verdict | None,
        *,
        now: datetime,
    ) -> None:
        """Set the verdict on pictures for a target; None takes it back.

        Args:
            contents: the pictures' SHA-256.
        """
        if not contents:
            return
        self._connection.execute(
            delete(verdicts)
            .where(verdicts.c.user_id == user_id, verdicts.c.target == target)
            .where(verdicts.c.sha256.in_(contents))
        )
        if verdict is None:
            return
        row = {"user_id": user_id, "target": target, "verdict": verdict, "changed": now}
        rows = [row | {"sha256": sha256} for sha256 in contents]
        self._connection.execute(insert(verdicts), rows)
