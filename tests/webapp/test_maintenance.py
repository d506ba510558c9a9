"""The commands `check`, `backup` and `restore`, as a shell calls them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ml.scoring.piles import Verdict
from ml.sieve.executor import LocalExecutor
from tests.webapp.made import drawn, queued, recent_jobs, worked_off
from webapp.command import main
from webapp.records import Job, JobState
from webapp.services import deletion, jobs, review, verdicts
from webapp.services.health import LANE
from webapp.storage import Stores
from webapp.storage.lane import hold_lane


@pytest.fixture(autouse=True)
def environment(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONASIEVE_DATA", str(stores.settings.data_dir))


def test_check_says_what_it_finds_and_what_it_repaired(
    stores: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 0
    assert "is in order" in capsys.readouterr().out
    stores.files.job("e" * 16).mkdir()
    assert main(["check"]) == 1
    assert "check --repair" in capsys.readouterr().out
    assert main(["check", "--repair"]) == 0
    assert capsys.readouterr().out.startswith("repaired: ")
    assert main(["check"]) == 0


def test_a_running_program_is_backed_up_and_neither_repaired_nor_replaced(
    stores: Stores, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = str(tmp_path / "copy.sqlite")
    with hold_lane(stores.files.lock(LANE)):
        assert main(["backup", copy]) == 0
        assert main(["restore", "--verdicts", copy]) == 0
        for refused in (["restore", copy], ["check", "--repair"]):
            assert main(refused) == 1
            assert "Stop it first" in capsys.readouterr().err


def test_restore_keeps_the_database_before_it(stores: Stores, tmp_path: Path) -> None:
    job = queued(stores, drawn(1))
    copy = str(tmp_path / "copy.sqlite")
    assert main(["backup", copy]) == 0
    deletion.delete(stores, job.id)
    assert main(["restore", copy]) == 0
    assert [one.id for one in recent_jobs(stores)] == [job.id]
    (before,) = stores.files.root.glob("before-restore-*.sqlite")
    assert main(["restore", str(before)]) == 0
    assert recent_jobs(stores) == []


def test_restore_replaces_a_damaged_database_and_keeps_it(stores: Stores, tmp_path: Path) -> None:
    job = queued(stores, drawn(1))
    copy = str(tmp_path / "copy.sqlite")
    assert main(["backup", copy]) == 0
    stores.database.close()
    damaged = b"no database " * 9999
    for end in ("-wal", "-shm"):  # left by a connection of a thread, they would be written back
        Path(f"{stores.files.database}{end}").unlink(missing_ok=True)
    stores.files.database.write_bytes(damaged)
    assert main(["check"]) == 1
    assert main(["restore", copy]) == 0
    assert [one.id for one in recent_jobs(stores)] == [job.id]
    (before,) = stores.files.root.glob("before-restore-*.sqlite")
    assert before.read_bytes() == damaged
    assert main(["check"]) == 0


def test_a_backup_of_a_newer_program_replaces_nothing(
    stores: Stores, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.sqlite"
    assert main(["backup", str(copy)]) == 0
    with closing(sqlite3.connect(copy)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    assert main(["restore", str(copy)]) == 1
    assert f"{copy} has schema 9999, which is newer" in capsys.readouterr().err
    assert main(["check"]) == 0
    assert list(stores.files.root.glob("before-restore-*")) == []


def test_what_was_done_since_an_older_backup_comes_back(
    stores: Stores, finished_job: Job, executor: LocalExecutor, tmp_path: Path
) -> None:
    copy = str(tmp_path / "copy.sqlite")
    assert main(["backup", copy]) == 0
    made = queued(stores, drawn(2))
    worked_off(stores, executor, made)
    verdicts.set_verdict(stores, made.id, 0, Verdict.IS_NOT)
    deletion.delete(stores, finished_job.id)

    assert main(["restore", copy]) == 0
    assert [one.id for one in recent_jobs(stores)] == [finished_job.id]
    (before,) = stores.files.root.glob("before-restore-*.sqlite")
    assert main(["restore", "--verdicts", str(before)]) == 0
    assert main(["check", "--repair"]) == 1, "the deleted job has no pictures any more"
    (again,) = (one for one in recent_jobs(stores) if one.id != finished_job.id)
    assert (again.state, again.total) == (JobState.WAITING, 2)
    jobs.start(stores, again.id)
    worked_off(stores, executor, again)
    pictures = review.list_pictures(stores, again).pictures
    assert [one.verdict for one in pictures] == [Verdict.IS_NOT, None]
