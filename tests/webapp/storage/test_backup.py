"""Copies of the database, made while it is in use, and put back."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from ml.errors import StorageFull
from ml.scoring.piles import Verdict
from tests.webapp.made import drawn, full_disk, queued, recent_jobs
from webapp.errors import BackupRefused
from webapp.records import Job
from webapp.services import deletion, review, verdicts
from webapp.storage import Stores, backup
from webapp.storage.backup import back_up, merge_verdicts, put_aside, put_back


def read_verdicts(stores: Stores, job: Job) -> dict[int, Verdict]:
    page = review.list_pictures(stores, job, limit=500).pictures
    return {picture.number: picture.verdict for picture in page if picture.verdict}


def test_a_backup_while_verdicts_are_given_is_whole(
    stores: Stores, finished_job: Job, tmp_path: Path
) -> None:
    ended = threading.Event()

    def answer() -> None:
        for number in range(24):
            verdicts.set_verdict(stores, finished_job.id, number, Verdict.IS)
        ended.set()

    thread = threading.Thread(target=answer)
    thread.start()
    made: list[Path] = []
    is_last = False
    while not is_last:
        is_last = ended.is_set()
        made.append(tmp_path / f"{len(made)}.sqlite")
        back_up(stores.files.database, made[-1])
    thread.join()
    for file in made:
        with closing(sqlite3.connect(file)) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    put_back(made[-1], stores.files.database)
    assert read_verdicts(stores, finished_job) == dict.fromkeys(range(24), Verdict.IS)


def test_a_backup_brings_back_jobs_and_verdicts(
    stores: Stores, finished_job: Job, tmp_path: Path
) -> None:
    verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS_NOT)
    back_up(stores.files.database, tmp_path / "copy")
    verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS)
    deletion.delete(stores, finished_job.id)
    queued(stores, drawn(1))
    put_back(tmp_path / "copy", stores.files.database)
    assert [job.id for job in recent_jobs(stores)] == [finished_job.id]
    assert read_verdicts(stores, finished_job) == {1: Verdict.IS_NOT}


def test_of_two_verdicts_the_newer_one_stays(
    stores: Stores, finished_job: Job, tmp_path: Path
) -> None:
    for number in (1, 2):
        verdicts.set_verdict(stores, finished_job.id, number, Verdict.IS_NOT)
    back_up(stores.files.database, tmp_path / "copy")
    verdicts.set_verdict(stores, finished_job.id, 1, Verdict.IS)
    verdicts.set_verdict(stores, finished_job.id, 2, None)
    assert merge_verdicts(tmp_path / "copy", stores.files.database) == 1
    assert read_verdicts(stores, finished_job) == {1: Verdict.IS, 2: Verdict.IS_NOT}


def test_a_file_that_is_no_backup_changes_nothing(
    stores: Stores, finished_job: Job, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("hello")
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE a (b)")
    back_up(stores.files.database, tmp_path / "cut")
    whole = (tmp_path / "cut").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    for name in ("text", "other", "cut", "missing"):
        with pytest.raises(BackupRefused):
            put_back(tmp_path / name, stores.files.database)
        with pytest.raises(BackupRefused):
            merge_verdicts(tmp_path / name, stores.files.database)
    assert [job.id for job in recent_jobs(stores)] == [finished_job.id]


@pytest.mark.parametrize(
    ("code", "refusal"),
    [(sqlite3.SQLITE_FULL, StorageFull), (sqlite3.SQLITE_IOERR, BackupRefused)],
)
def test_a_copy_that_cannot_be_written_is_refused_and_leaves_nothing(
    stores: Stores,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    refusal: type[Exception],
) -> None:
    def copy_half(_source: Path, target: Path) -> None:
        target.touch()
        error = sqlite3.OperationalError("no")
        error.sqlite_errorcode = code
        raise error

    back_up(stores.files.database, tmp_path / "copy")
    monkeypatch.setattr(backup, "_copy", copy_half)
    with pytest.raises(refusal):
        back_up(stores.files.database, tmp_path / "other")
    with pytest.raises(refusal):
        put_back(tmp_path / "copy", stores.files.database)
    assert list(tmp_path.glob("other*")) == []


def test_verdicts_cannot_be_merged_into_a_database_that_is_none(
    stores: Stores, tmp_path: Path
) -> None:
    back_up(stores.files.database, tmp_path / "copy")
    with pytest.raises(BackupRefused, match="cannot be written"):
        merge_verdicts(tmp_path / "copy", tmp_path / "nowhere" / "database")


def test_a_backup_overwrites_no_file(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(BackupRefused, match="exists already"):
        back_up(stores.files.database, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "mine"


def damage(stores: Stores) -> bytes:
    """Overwrite the database. Returns what it is now."""
    stores.database.close()
    damaged = b"no database " * 9999
    for end in ("-wal", "-shm"):
        Path(f"{stores.files.database}{end}").unlink(missing_ok=True)
    stores.files.database.write_bytes(damaged)
    return damaged


def test_a_whole_database_is_not_put_aside_over_another_file(
    stores: Stores, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(BackupRefused, match="exists already"):
        put_aside(stores.files.database, tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_full_disk_leaves_a_damaged_database_as_it_is(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(stores.files.database, tmp_path / "copy")
    damaged = damage(stores)
    with full_disk(2_000), pytest.raises(BackupRefused, match="cannot be written"):
        put_aside(stores.files.database, tmp_path / "aside")

    def refuse(_source: Path, target: Path) -> None:
        is_database = target == stores.files.database
        error = sqlite3.OperationalError("no")
        error.sqlite_errorcode = sqlite3.SQLITE_NOTADB if is_database else sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(backup, "_copy", refuse)
    with pytest.raises(StorageFull):
        put_back(tmp_path / "copy", stores.files.database)
    assert stores.files.database.read_bytes() == damaged
