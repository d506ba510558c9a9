"""Make the database or bring its schema up to date: `python -m webapp.storage.migrate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from ml.errors import MonaError
from webapp.config import Settings
from webapp.errors import ConfigError
from webapp.storage.database import Database
from webapp.storage.files import Files

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Make the database or upgrade an older schema. The folder must exist.

    Raises ConfigError for an unknown schema.
    """
    with database.migrating() as connection:
        _read_schema(database, connection)
        command.upgrade(_configure_alembic(connection=connection), "head")


def require_current(database: Database) -> None:
    """Raise ConfigError if the schema is not the one that this program needs."""
    with database.reading() as connection:
        schema = _read_schema(database, connection)
    if schema != (wanted := ScriptDirectory.from_config(_configure_alembic()).get_current_head()):
        raise ConfigError(
            f"The database {database.file} has schema {schema}, this program needs {wanted}: "
            "run `python -m webapp.storage.migrate` once (`monasieve serve` does)."
        )


def _read_schema(database: Database, connection: Connection) -> str | None:
    """Return the database's schema; None if it is new. Raises ConfigError for a newer one."""
    schema = MigrationContext.configure(connection).get_current_revision()
    if schema is not None:
        require_known(database.file, schema)
    return schema


def require_known(file: Path, schema: str) -> None:
    """Raise ConfigError if a database has the schema of a newer program."""
    scripts = ScriptDirectory.from_config(_configure_alembic())
    if schema not in {script.revision for script in scripts.walk_revisions()}:
        raise ConfigError(
            f"The database {file} has schema {schema}, which is newer than this program. "
            "Install the newer MonaSieve again, or set MONASIEVE_DATA to another folder."
        )


def _configure_alembic(**attributes: Any) -> Config:
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def main() -> int:
    """Make the data folder that the environment names, and upgrade its database."""
    try:
        files = Files(Settings.from_env())
        files.prepare()
        upgrade(Database(files.database))
    except MonaError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
