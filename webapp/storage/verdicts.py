"""The SQL about verdicts: what a user said of a picture, by its content and the target."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert

from ml.scoring.piles import Verdict
from webapp.storage.tables import verdicts


class Verdicts:
    """The table of verdicts, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of this connection."""
        self._connection = connection

    def say(
        self, user_id: int, target: str, sha256: str, verdict: Verdict | None, *, now: datetime
    ) -> None:
        """Set the verdict of a picture for a target, or take it back with None."""
        picture = {"user_id": user_id, "target": target, "sha256": sha256}
        self._connection.execute(delete(verdicts).filter_by(**picture))
        if verdict is not None:
            self._connection.execute(
                insert(verdicts).values(**picture, verdict=verdict, changed=now)
            )
