"""The SQL about what of the watched folder was sieved."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from webapp.storage.tables import watched


class Watched:
    """The table of archives and folders that became a job, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_all(self) -> dict[bytes, tuple[int, int]]:
        """Return size and time of change (ns since 1970) of each, by its absolute path."""
        rows = self._connection.execute(select(watched))
        return {path: (size, changed) for path, size, changed in rows}

    def remember(self, path: bytes, size: int, changed: int) -> None:
        """Add a path, or replace what is known of it."""
        self._connection.execute(delete(watched).where(watched.c.path == path))
        self._connection.execute(insert(watched).values(path=path, size=size, changed=changed))
