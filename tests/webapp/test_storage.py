"""Database, files, embeddings and copies: what would lose data if it broke."""

from __future__ import annotations

import errno
import os
import runpy
import sqlite3
import stat
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from tests.webapp.made import drawn, queued
from tests.webapp.test_records import job as made_job
from webapp.config import Settings
from webapp.errors import ConfigError, FolderRefused, NotFound, StorageFull
from webapp.records import JobState, Preferences
from webapp.services import jobs
from webapp.storage import Stores
from webapp.storage.copies import Copies
from webapp.storage.database import main, require_current, upgrade
from webapp.storage.embeddings import write_rows
from webapp.storage.files import Files
from webapp.storage.sqlite import Database
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
    monkeypatch.delitem(sys.modules, "webapp.storage.database")  # as a fresh process would find it
    for _ in range(2):
        with pytest.raises(SystemExit, match="0"), warnings.catch_warnings(action="error"):
            runpy.run_module("webapp.storage.database", run_name="__main__")
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
            writer.jobs.set_thresholds(job.id, keep=0.1, unsure=0.1)
        assert reader.jobs.get(job.id) == job
    assert jobs.get(stores, job.id).keep == 0.1


def test_writers_wait_for_each_other_and_lose_nothing(stores: Stores) -> None:
    job = queued(stores, drawn(1))

    def count() -> None:
        for _ in range(20):
            with stores.writing() as tables:
                found = jobs.current(tables, job.id)  # read, then write: the race to be lost
                tables.jobs.count_done(job.id, 1)
                assert jobs.current(tables, job.id).done == found.done + 1

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
    assert jobs.recent(stores) == []


def test_pictures_go_with_their_job(stores: Stores) -> None:
    jobs.delete(stores, queued(stores, drawn(3)))
    with stores.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM pictures")).scalar() == 0


def test_an_error_of_the_database_that_is_none_of_the_disk_stays_itself(stores: Stores) -> None:
    with pytest.raises(OperationalError, match="no such table"), stores.database.writing() as tx:
        tx.execute(text("SELECT * FROM absent"))


def test_the_galleries_order_comes_from_an_index(stores: Stores) -> None:
    plan = "EXPLAIN QUERY PLAN SELECT * FROM pictures WHERE job_id='a' AND evidence IS NOT NULL "
    with stores.database.reading() as connection:
        for order in ("evidence, number", "evidence DESC, number DESC"):
            steps = connection.execute(text(f"{plan} ORDER BY {order}")).all()
            assert "ix_pictures_job_id_evidence_number" in str(steps)
            assert "TEMP B-TREE" not in str(steps)


@pytest.mark.parametrize("job_id", ["../../etc", "a" * 33, "short", "", "a" * 11 + "/", "a\0" * 9])
def test_only_an_id_becomes_a_folder(tmp_path: Path, job_id: str) -> None:
    with pytest.raises(NotFound):
        Files(Settings(data_dir=tmp_path)).archive(job_id)


@pytest.mark.parametrize("folder", ["..", "/etc", "a/../../b", "link", "link/x", "\0", "x" * 300])
def test_a_storage_folder_outside_the_root_is_refused(tmp_path: Path, folder: str) -> None:
    files = Files(Settings(data_dir=tmp_path / "data"))
    files.prepare()
    (files.storage_root / "link").symlink_to("/etc")
    if folder == "x" * 300:
        assert files.copy_folder(folder)  # too long for the disk, which will say so itself
    else:
        with pytest.raises(FolderRefused, match="folder"):
            files.copy_folder(folder)


def test_a_storage_folder_may_be_the_root_or_below_it(tmp_path: Path) -> None:
    files = Files(Settings(data_dir=tmp_path / "data", storage_root=tmp_path / "out"))
    assert files.copy_folder("") == tmp_path / "out"
    assert files.copy_folder(" a/b ") == tmp_path / "out" / "a" / "b"


def test_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    files = Files(Settings(data_dir=tmp_path))
    tmp_path.chmod(0o755)  # as a checkout makes it
    files.prepare()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_data_folder_of_somebody_else_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    Files(Settings(data_dir=tmp_path)).prepare()
    assert (tmp_path / "jobs").is_dir()


def test_what_vanishes_while_it_is_looked_at_is_not_stale(stores: Stores) -> None:
    stores.files.new_upload().symlink_to("nowhere")
    assert list(stores.files.stale_uploads(0.0)) == []


def test_a_user_who_set_nothing_has_the_defaults(stores: Stores) -> None:
    with stores.reading() as tables:
        assert tables.preferences.get(2) == Preferences()


def test_removing_a_job_that_is_gone_is_no_error(stores: Stores) -> None:
    stores.files.remove_job("a" * 16)


def test_embeddings_lie_at_their_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = {n: rng.normal(size=(3, 4)).astype(np.float16) for n in (5, 0, 2)}
    write_rows(tmp_path / "e.f16", rows.items())
    write_rows(tmp_path / "e.f16", [(2, rows[2])])
    stored = np.fromfile(tmp_path / "e.f16", "<f2").reshape(-1, 3, 4)
    assert len(stored) == 6
    for number in range(6):
        np.testing.assert_array_equal(stored[number], rows.get(number, np.zeros((3, 4))))


def test_a_write_that_comes_up_short_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pwrite = os.pwrite  # the kernel may take less than it is given; /dev/full takes nothing

    def short(handle: int, data: bytes, at: int) -> int:
        return pwrite(handle, data[:3], at)

    monkeypatch.setattr(os, "pwrite", short)
    row = np.arange(8, dtype=np.float16).reshape(2, 4)
    write_rows(tmp_path / "e.f16", [(1, row)])
    np.testing.assert_array_equal(np.fromfile(tmp_path / "e.f16", "<f2")[8:], row.ravel())


def test_a_full_disk_is_heard_when_embeddings_are_written() -> None:
    with pytest.raises(OSError, match="No space left") as full:
        write_rows(Path("/dev/full"), [(0, np.zeros((1, 4), np.float16))])
    assert full.value.errno == errno.ENOSPC


@settings(max_examples=60, deadline=None)
@given(member=st.text(min_size=0, max_size=60) | st.from_regex(r"(\.\.?[/\\]|[a-c/\\:.\0]){1,12}"))
def test_no_members_name_leads_a_copy_elsewhere(
    tmp_path_factory: pytest.TempPathFactory, member: str
) -> None:
    parent = tmp_path_factory.mktemp("copies")
    copies = Copies(parent / "out", "../../job.zip", "a" * 16)
    file = copies.add(member, b"picture")
    assert file.read_bytes() == b"picture"
    assert file.resolve().is_relative_to((parent / "out").resolve())
    assert copies.folder.parent == parent / "out"
    found = [path for path in parent.rglob("*") if path.is_file()]
    assert found == [file]


def test_a_copy_keeps_its_folders(tmp_path: Path) -> None:
    file = Copies(tmp_path, "holiday.zip", "abcdefghijkl").add("a/b/mona.png", b"1")
    assert file == tmp_path / "holiday abcdefgh" / "a" / "b" / "mona.png"


def test_a_copy_overwrites_nothing_and_is_not_made_twice(tmp_path: Path) -> None:
    copies = Copies(tmp_path, "job", "a" * 16)
    names = [copies.add("mona.png", data).name for data in (b"one", b"two", b"one", b"two", b"six")]
    assert names == ["mona.png", "mona (2).png", "mona.png", "mona (2).png", "mona (3).png"]
    assert [(copies.folder / name).read_bytes() for name in names[:2]] == [b"one", b"two"]


def test_a_long_name_is_cut_and_keeps_its_suffix(tmp_path: Path) -> None:
    copies = Copies(tmp_path, "job", "a" * 16)
    for name in ("ä" * 300 + ".png", "x" * 300):
        file = copies.add(name, b"1")
        assert len(file.name.encode()) <= 180
        assert file.suffix == Path(name).suffix


def test_a_copy_that_fails_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = Copies(tmp_path, "job", "a" * 16)
    copies.folder.mkdir()
    (copies.folder / f".{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        copies.add("mona.png", b"1" * 100_000)
    assert list(copies.folder.iterdir()) == []


def test_a_full_database_is_told_as_such(stores: Stores) -> None:
    def no_more_pages(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    stores.database.close()
    event.listen(stores.database.engine, "connect", no_more_pages)
    with pytest.raises(StorageFull, match="full or failing"), stores.database.writing() as tables:
        tables.execute(text("CREATE TABLE filler AS SELECT zeroblob(10000000)"))
