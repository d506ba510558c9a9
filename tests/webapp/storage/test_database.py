"""The database: its schema, its transactions, what is said when it is damaged."""

from __future__ import annotations

import runpy
import sqlite3
import sys
import threading
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from ml.errors import StorageFull
from ml.scoring.piles import Pile
from tests.webapp.made import drawn, queued, recent_jobs
from tests.webapp.test_records import job as made_job
from webapp.config import Settings
from webapp.errors import ConfigError
from webapp.records import JobState
from webapp.services import deletion, jobs
from webapp.storage import Stores
from webapp.storage.database import Database
from webapp.storage.migrate import main, require_current, upgrade
from webapp.storage.picture_query import PictureQuery, Shown
from webapp.storage.tables import metadata


def test_the_migrations_end_at_the_tables(stores: Stores) -> None:
    with stores.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_an_upgrade_keeps_what_is_there(stores: Stores) -> None:
    job = queued(stores, drawn(2))
    upgrade(stores.database)
    require_current(stores.database)
    assert jobs.get(stores, job.id) == job


def test_the_command_makes_the_data_folder_and_its_schema_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONASIEVE_DATA", str(tmp_path / "new"))
    monkeypatch.delitem(sys.modules, "webapp.storage.migrate")  # as a fresh process would find it
    for _ in range(2):
        with pytest.raises(SystemExit, match="0"), warnings.catch_warnings(action="error"):
            runpy.run_module("webapp.storage.migrate", run_name="__main__")
    require_current(Stores.open(Settings(data_dir=tmp_path / "new")).database)


def test_the_command_says_what_is_wrong_with_a_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MONASIEVE_DATA", str(tmp_path / "new"))
    assert main() == 0
    monkeypatch.setenv("MONASIEVE_WORKERS", "many")
    assert main() == 2
    assert "MONASIEVE_WORKERS holds 'many'" in capsys.readouterr().err


def test_a_schema_that_is_too_old_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this program needs"):
        require_current(Database(tmp_path / "empty.sqlite"))


def test_a_schema_of_a_newer_program_is_said_and_left_alone(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with stores.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    monkeypatch.setenv("MONASIEVE_DATA", str(stores.settings.data_dir))
    assert main() == 2
    assert "has schema 9999, which is newer than this program" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="newer than this program"):
        require_current(stores.database)


def test_a_damaged_database_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "monasieve.sqlite").write_text("no database at all" * 100)
    monkeypatch.setenv("MONASIEVE_DATA", str(tmp_path))
    assert main() == 2
    assert f"The database {tmp_path / 'monasieve.sqlite'} is damaged" in capsys.readouterr().err


def test_damage_in_the_middle_is_said_by_the_transaction_that_meets_it(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    stores.database.close()  # which writes the log into the file
    content = bytearray(stores.files.database.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)  # all but the page that says what is where
    stores.files.database.write_bytes(content)
    with pytest.raises(ConfigError, match="is damaged"):
        jobs.get(stores, job.id)


def test_readers_see_one_state_while_a_writer_writes(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    with stores.reading() as reader:
        assert reader.jobs.get(job.id) == job
        with stores.writing() as writer:
            writer.jobs.set_rate(job.id, 1.0)
            writer.jobs.set_thresholds(job.id, kept=0.1, unsure=0.1)
        assert reader.jobs.get(job.id) == job
    assert jobs.get(stores, job.id).threshold == 0.1


def test_writers_wait_for_each_other_and_lose_nothing(stores: Stores) -> None:
    job = queued(stores, drawn(1))

    def count() -> None:
        for _ in range(20):
            with stores.writing() as tables:
                found = jobs.require_job(tables, job.id)  # read, then write: the race to be lost
                tables.jobs.count_progress(job.id, 1)
                assert jobs.require_job(tables, job.id).done == found.done + 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jobs.get(stores, job.id).done == 80


def test_a_transaction_that_raises_keeps_nothing(stores: Stores) -> None:
    def add_and_fail() -> None:
        with stores.writing() as tables:
            tables.jobs.add(made_job(JobState.QUEUED))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    assert recent_jobs(stores) == []


def test_pictures_go_with_their_job(stores: Stores) -> None:
    deletion.delete(stores, queued(stores, drawn(3)).id)
    with stores.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM pictures")).scalar() == 0


def test_an_error_of_the_database_that_is_none_of_the_disk_stays_itself(stores: Stores) -> None:
    with pytest.raises(OperationalError, match="no such table"), stores.database.writing() as tx:
        tx.execute(text("SELECT * FROM absent"))


@pytest.mark.parametrize("pile", [Pile.KEPT, Pile.REJECTED])
def test_the_galleries_order_comes_from_an_index(stores: Stores, pile: Pile) -> None:
    job = queued(stores, drawn(1))
    plans: list[str] = []

    def explain(_: object, cursor: sqlite3.Cursor, statement: str, *arguments: Any) -> None:
        if statement.startswith("SELECT"):
            steps = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", arguments[0])
            plans.append(str(steps.fetchall()))

    event.listen(stores.database.engine, "before_cursor_execute", explain)
    with stores.reading() as tables:
        tables.pictures.list_gallery(PictureQuery.of(job), pile, Shown.ALL, skip=0, limit=100)
    (plan,) = plans
    assert "ix_scores_job_id_target_evidence_number" in plan
    assert "TEMP B-TREE" not in plan


def test_no_reader_waits_for_a_connection(stores: Stores) -> None:
    with ExitStack() as stack:
        for _ in range(100):  # as many as the web part has threads, and more
            stack.enter_context(stores.reading())


def test_a_full_database_is_told_as_such(stores: Stores) -> None:
    def no_more_pages(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    stores.database.close()
    event.listen(stores.database.engine, "connect", no_more_pages)
    with pytest.raises(StorageFull, match="full or failing"), stores.database.writing() as tables:
        tables.execute(text("CREATE TABLE filler AS SELECT zeroblob(10000000)"))


@pytest.mark.parametrize("name", ["what?", "a%20b", "a#b"])
def test_a_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / name / "monasieve.sqlite"
    file.parent.mkdir()
    upgrade(Database(file))
    assert file.is_file()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
