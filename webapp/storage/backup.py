"""Copy the database while it is in use, and put a copy back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ml.errors import StorageFull
from webapp.errors import BackupRefused

_KNOWN = ("alembic_version", "jobs", "verdicts")
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


def put_back(file: Path, database: Path) -> None:
    """Replace the content of the database by the copy in `file`. Raises BackupRefused, StorageFull.

    SQLite copies in one transaction, so a crash leaves the old content or the new one.
    """
    check_backup(file)
    try:
        _copy(file, database)
    except sqlite3.Error as exc:
        raise _explain(exc, database) from exc


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


def check_backup(file: Path) -> None:
    """Raise BackupRefused if the file is not a whole copy of MonaSieve's database."""
    if not file.is_file():
        raise BackupRefused(f"There is no file {file}.")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as backup:
            (state,) = backup.execute("PRAGMA integrity_check").fetchone()
            names = {name for (name,) in backup.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error as exc:
        raise BackupRefused(f"{file} is not a backup of MonaSieve: {exc}.") from exc
    if state != "ok" or not names.issuperset(_KNOWN):
        raise BackupRefused(f"{file} is damaged, or it is not a backup of MonaSieve.")


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source, timeout=60)) as origin,
        closing(sqlite3.connect(target, timeout=60)) as copy,
    ):
        origin.backup(copy)


def _explain(error: sqlite3.Error | OSError, file: Path) -> BackupRefused | StorageFull:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return StorageFull(f"The disk that holds {file} is full: make room there.")
    return BackupRefused(f"{file} cannot be written: {error}.")
