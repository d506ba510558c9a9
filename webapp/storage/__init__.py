"""The only place that says SQL or makes a path; `Stores` is what everybody else holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from webapp.config import Settings
from webapp.storage.database import Database
from webapp.storage.files import Files
from webapp.storage.jobs import Jobs
from webapp.storage.pictures import Pictures
from webapp.storage.preferences import PreferenceRows
from webapp.storage.scores import Scores
from webapp.storage.verdicts import Verdicts


class Tables:
    """Every table, in one transaction: what is done through one of these happens as a whole."""

    def __init__(self, connection: Connection) -> None:
        self.jobs = Jobs(connection)
        self.pictures = Pictures(connection)
        self.scores = Scores(connection)
        self.verdicts = Verdicts(connection)
        self.preferences = PreferenceRows(connection)


@dataclasses.dataclass(frozen=True, slots=True)
class Stores:
    """What the app keeps: settings, files and tables."""

    settings: Settings
    files: Files
    database: Database

    @classmethod
    def open(cls, settings: Settings) -> Stores:
        """Join the parts. Opens no file: the first transaction does; migrates nothing."""
        files = Files(settings)
        return cls(settings, files, Database(files.database))

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """All tables, as they are now, whatever others write meanwhile."""
        with self.database.reading() as connection:
            yield Tables(connection)

    @contextmanager
    def writing(self) -> Iterator[Tables]:
        """All tables; what is written is kept as a whole, or not at all when this raises."""
        with self.database.writing() as connection:
            yield Tables(connection)
