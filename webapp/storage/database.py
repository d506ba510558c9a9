"""Transactions on SQLite: readers wait for nobody, writers for each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from ml.errors import StorageFull
from webapp.errors import ConfigError

BUSY_SECONDS = 60
"""How long a writer waits for another: a hundred thousand rows take seconds."""
_DISK_TROUBLE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Database:
    """Transactions on one database file. Making one opens nothing.

    Every transaction raises StorageFull when the disk has no room left (and nothing was written),
    ConfigError when the file is damaged or no database.
    """

    def __init__(self, file: Path) -> None:
        """Prepare for `file`; it is opened by the first transaction."""
        self.file = file
        self._engine = create_engine(
            f"sqlite:///{file}", connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)

    @property
    def engine(self) -> Engine:
        """For migrations and tests; everything else asks for a transaction."""
        return self._engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and waits for no writer."""
        with self._translate_errors(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start: it cannot fail half-way.

        A reader that turns writer in SQLite may find that it lost the race after its reads.
        """
        with self._translate_errors(), self._engine.connect() as connection:
            connection.execution_options(immediate=True)
            with connection.begin():
                yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A writing transaction in which foreign keys rest.

        A migration alters a table by copying it and dropping the old one: with them at work, that
        would delete every row that refers to it.
        """
        with self._translate_errors(), self._engine.connect() as connection:
            connection.execution_options(immediate=True)
            driver = connection.connection.cursor()
            driver.execute("PRAGMA foreign_keys=OFF")  # only heard outside a transaction
            try:
                with connection.begin():
                    yield connection
            finally:
                driver.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Turn what the disk does to the database into sentences; other errors are bugs."""
        try:
            yield
        except DatabaseError as exc:
            code = getattr(exc.orig, "sqlite_errorcode", 0) & 0xFF
            if code in _DISK_TROUBLE:
                raise StorageFull(
                    f"The disk that holds {self.file.parent} is full or failing: make room there."
                ) from exc
            if code in _DAMAGE:
                raise ConfigError(
                    f"The database {self.file} is damaged ({exc.orig}). Put a copy of it in its "
                    "place, or move it away to begin with an empty one."
                ) from exc
            raise

    def close(self) -> None:
        """Close the pooled connections; a later transaction opens new ones."""
        self._engine.dispose()


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Set up a fresh connection. `synchronous=FULL`: a power cut loses no verdict."""
    connection.isolation_level = None  # the module would begin transactions on its own account
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Begin as the transaction's kind asks for."""
    writes = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
