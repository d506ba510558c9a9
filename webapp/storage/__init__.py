"""The only package with SQL and paths. All others use `Stores`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from webapp.config import Settings
from webapp.storage.columns import Columns
from webapp.storage.copy_journal import CopyJournal
from webapp.storage.database import Database
from webapp.storage.files import Files
from webapp.storage.integrity import Integrity
from webapp.storage.jobs import Jobs
from webapp.storage.pictures import Pictures
from webapp.storage.preferences import PreferenceRows
from webapp.storage.progress import ProgressRows
from webapp.storage.reasons import Reasons
from webapp.storage.samples import Samples
from webapp.storage.scores import Scores
from webapp.storage.uploads import Uploads
from webapp.storage.variants import Variants
from webapp.storage.verdict_log import VerdictLog
from webapp.storage.verdicts import Verdicts
from webapp.storage.watched import Watched


class Tables:
    """All tables, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.jobs = Jobs(connection)
        self.pictures = Pictures(connection)
        self.progress = ProgressRows(connection)
        self.columns = Columns(connection)
        self.reasons = Reasons(connection)
        self.scores = Scores(connection)
        self.verdicts = Verdicts(connection)
        self.variants = Variants(connection)
        self.samples = Samples(connection)
        self.verdict_log = VerdictLog(connection)
        self.integrity = Integrity(connection)
        self.copies = CopyJournal(connection)
        self.preferences = PreferenceRows(connection)
        self.uploads = Uploads(connection)
        self.watched = Watched(connection)


@dataclasses.dataclass(frozen=True, slots=True)
class Stores:
    """Settings, files and tables of the app."""

    settings: Settings
    files: Files
    database: Database

    @classmethod
    def open(cls, settings: Settings) -> Stores:
        """Join the parts. The first transaction opens the database; nothing is migrated."""
        files = Files(settings)
        return cls(settings, files, Database(files.database))

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """Yield all tables in one state; later writes of others are not seen."""
        with self.database.reading() as connection:
            yield Tables(connection)

    @contextmanager
    def writing(self) -> Iterator[Tables]:
        """Yield all tables. All writes are committed at the end, or none if an error is raised."""
        with self.database.writing() as connection:
            yield Tables(connection)
