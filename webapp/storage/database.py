"""Transactions on SQLite. Readers never wait; writers wait for each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from ml.errors import StorageFull
from webapp.errors import ConfigError

BUSY_SECONDS = 60
"""How long a writer waits for another one, which may write 100,000 rows."""
_DISK_TROUBLE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
"""SQLite's codes for a file that is damaged or no database."""


class Database:
    """Transactions on one database file.

    Every transaction raises StorageFull if the disk is full (nothing is then written), and
    ConfigError if the file is damaged or not a database.
    """

    def __init__(self, file: Path) -> None:
        """The first transaction opens `file`."""
        self.file = file
        self._engine = create_engine(
            URL.create("sqlite", database=str(file)),  # `?` and `%` in its path stay what they are
            connect_args={"timeout": BUSY_SECONDS},
            pool_size=0,  # no limit: else readers wait for threads that wait for the write lock
            hide_parameters=True,
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)

    @property
    def engine(self) -> Engine:
        """For migrations and tests. Everything else uses a transaction."""
        return self._engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and waits for no writer."""
        with self._translate_errors(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start.

        Upgrading a read transaction can fail with SQLITE_BUSY after its reads.
        """
        with self._translate_errors(), self._engine.connect() as connection:
            connection.execution_options(immediate=True)
            with connection.begin():
                yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A writing transaction with foreign keys off.

        A migration alters a table by copying it and dropping the old one. With foreign keys on,
        the drop would delete every row that refers to the table.
        """
        with self._translate_errors(), self._engine.connect() as connection:
            connection.execution_options(immediate=True)
            driver = connection.connection.cursor()
            driver.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction
            try:
                with connection.begin():
                    yield connection
            finally:
                driver.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Turn errors of disk and file into sentences; other errors are bugs."""
        try:
            yield
        except DatabaseError as exc:
            code = getattr(exc.orig, "sqlite_errorcode", 0) & 0xFF
            if code in _DISK_TROUBLE:
                raise StorageFull(
                    f"The disk that holds {self.file.parent} is full or failing: make room there."
                ) from exc
            if code in DAMAGE:
                raise ConfigError(
                    f"The database {self.file} is damaged ({exc.orig}). Put a copy of it in its "
                    "place with `monasieve restore`, or move it away to begin with an empty one."
                ) from exc
            raise

    def close(self) -> None:
        """Close the pooled connections; a later transaction opens new ones."""
        self._engine.dispose()


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Set up a fresh connection. `synchronous=FULL`: a power cut loses no verdict."""
    connection.isolation_level = None  # else the module would begin transactions by itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Begin a writing transaction with the write lock, a reading one without."""
    writes = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
