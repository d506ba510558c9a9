"""The SQL about resumable uploads."""

from __future__ import annotations

import dataclasses

from sqlalchemy import Connection, delete, insert, select

from webapp.storage.tables import uploads
from webapp.upload_records import ResumableUpload


class Uploads:
    """The table of resumable uploads, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, upload: ResumableUpload) -> None:
        """Insert a new upload."""
        self._connection.execute(insert(uploads).values(dataclasses.asdict(upload)))

    def get(self, upload_id: str) -> ResumableUpload | None:
        row = self._connection.execute(select(uploads).where(uploads.c.id == upload_id)).first()
        return ResumableUpload(**row._asdict()) if row else None

    def list_all(self) -> list[ResumableUpload]:
        """All uploads, the newest first, also those that have become a job."""
        rows = self._connection.execute(select(uploads).order_by(uploads.c.created.desc()))
        return [ResumableUpload(**row._asdict()) for row in rows]

    def remove(self, upload_id: str) -> None:
        """Delete the row."""
        self._connection.execute(delete(uploads).where(uploads.c.id == upload_id))
