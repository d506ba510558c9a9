"""Copy the database while it is in use, and put a copy back."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from ml.errors import StorageFull
from webapp.errors import BackupRefused
from webapp.storage.database import DAMAGE

_KNOWN = ("alembic_version", "jobs", "verdicts")
_SCHEMA = "SELECT version_num FROM alembic_version"
_MERGE = """
INSERT INTO main.verdicts (user_id, target, sha256, verdict, changed)
SELECT user_id, target, sha256, verdict, changed FROM backup.verdicts WHERE true
ON CONFLICT (user_id, target, sha256) DO UPDATE SET
    verdict = excluded.verdict, changed = excluded.changed
WHERE excluded.changed > main.verdicts.changed
"""


def back_up(database: Path, file: Path) -> None:
    """Write a copy of the database of one moment to `file`, whole or not at all.

    Raises BackupRefused if the file exists or the copy fails, StorageFull.
    """
    if file.exists():
        raise BackupRefused(f"{file} exists already. Name another file.")
    draft = file.with_name(f"{file.name}.part")
    try:
        _copy(database, draft)
        draft.rename(file)
    except (sqlite3.Error, OSError) as exc:
        raise _explain(exc, file) from exc
    finally:
        draft.unlink(missing_ok=True)


def put_aside(database: Path, file: Path) -> None:
    """Copy the database to `file` as `back_up` does; a damaged one as it is, byte by byte.

    Raises BackupRefused, StorageFull.
    """
    try:
        back_up(database, file)
    except BackupRefused as exc:
        if not _is_damage(exc.__cause__):
            raise
        try:
            shutil.copyfile(database, file)
            with suppress(FileNotFoundError):
                shutil.copyfile(_name_log(database), _name_log(file))
        except OSError as error:
            raise _explain(error, file) from error


def put_back(file: Path, database: Path) -> None:
    """Replace the content of the database by the copy in `file`. Raises BackupRefused, StorageFull.

    SQLite copies in one transaction, so a crash leaves the old content or the new one.
    """
    check_backup(file)
    try:
        _copy(file, database)
    except sqlite3.Error as exc:
        if not _is_damage(exc):
            raise _explain(exc, database) from exc
        _replace(file, database)


def _replace(file: Path, database: Path) -> None:
    """Put a copy in the place of a database that is so damaged that SQLite refuses to write it."""
    draft = database.with_name(f"{database.name}.part")
    try:
        _copy(file, draft)
        _name_log(database).unlink(missing_ok=True)  # its pages do not belong to the copy
        draft.rename(database)
    except (sqlite3.Error, OSError) as exc:
        raise _explain(exc, database) from exc
    finally:
        draft.unlink(missing_ok=True)


def merge_verdicts(file: Path, database: Path) -> int:
    """Add the verdicts of the copy in `file`; the newer one of two counts. Returns the changes.

    Raises BackupRefused, StorageFull.
    """
    check_backup(file)
    try:
        with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
            connection.execute("ATTACH ? AS backup", (str(file),))
            return connection.execute(_MERGE).rowcount
    except sqlite3.Error as exc:
        raise _explain(exc, database) from exc


def check_backup(file: Path) -> str:
    """Return the schema of a copy. Raises BackupRefused if it is not a whole one of MonaSieve's."""
    if not file.is_file():
        raise BackupRefused(f"There is no file {file}.")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as backup:
            (state,) = backup.execute("PRAGMA integrity_check").fetchone()
            names = {name for (name,) in backup.execute("SELECT name FROM sqlite_master")}
            schema = names.issuperset(_KNOWN) and backup.execute(_SCHEMA).fetchone()
    except sqlite3.Error as exc:
        raise BackupRefused(f"{file} is not a backup of MonaSieve: {exc}.") from exc
    if state != "ok" or not schema:
        raise BackupRefused(f"{file} is damaged, or it is not a backup of MonaSieve.")
    return str(schema[0])


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source, timeout=60)) as origin,
        closing(sqlite3.connect(target, timeout=60)) as copy,
    ):
        origin.backup(copy)


def _name_log(database: Path) -> Path:
    """Return where SQLite keeps what it has written last."""
    return database.with_name(f"{database.name}-wal")


def _is_damage(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGE


def _explain(error: sqlite3.Error | OSError, file: Path) -> BackupRefused | StorageFull:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return StorageFull(f"The disk that holds {file} is full: make room there.")
    return BackupRefused(f"{file} cannot be written: {error}.")
