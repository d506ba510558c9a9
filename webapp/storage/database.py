"""Make the database or bring its schema up to date: `python -m webapp.storage.database`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from webapp.config import Settings
from webapp.errors import ConfigError
from webapp.storage.files import Files
from webapp.storage.sqlite import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Make the database, or bring an older schema up to date; its folder must be there."""
    with database.migrating() as connection:
        command.upgrade(_alembic(connection=connection), "head")


def require_current(database: Database) -> None:
    """Raises ConfigError if the schema is not the one this code was written for."""
    with database.reading() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != (wanted := ScriptDirectory.from_config(_alembic()).get_current_head()):
        raise ConfigError(
            f"The database {database.file} has schema {found}, this program needs {wanted}: "
            "run `python -m webapp.storage.database` once (`make run` does)."
        )


def _alembic(**attributes: Any) -> Config:
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def main() -> int:
    """Make the data folder that the environment names, and upgrade its database."""
    try:
        files = Files(Settings.from_env())
        files.prepare()
        upgrade(Database(files.database))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
