"""The SQL about preferences: one row a user."""

from __future__ import annotations

import dataclasses

from sqlalchemy import Connection, delete, insert, select

from webapp.records import Preferences
from webapp.storage.tables import preferences


class PreferenceRows:
    """The table of preferences, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, user_id: int) -> Preferences:
        """Return the user's settings, or the defaults."""
        query = select(preferences).where(preferences.c.user_id == user_id)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return Preferences()
        values = row._asdict()
        del values["user_id"]
        return Preferences(**values)

    def save(self, user_id: int, chosen: Preferences) -> None:
        """Replace the user's settings."""
        self._connection.execute(delete(preferences).where(preferences.c.user_id == user_id))
        self._connection.execute(
            insert(preferences).values(user_id=user_id, **dataclasses.asdict(chosen))
        )
