"""The watched folder, with a clock that the test sets."""

from __future__ import annotations

import dataclasses
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ml.errors import StorageFull
from ml.sieve.executor import LocalExecutor
from tests.webapp.made import drawn, loop, recent_jobs, worked_off
from webapp.errors import NotFound
from webapp.records import Job, JobState, Preferences
from webapp.services import copies, deletion, folders, preferences, uploads
from webapp.services.check import check_instance
from webapp.services.jobs import LEAST_FREE_BYTES
from webapp.services.uploads import Upload
from webapp.services.watched import Watcher, find_trouble
from webapp.storage import Stores


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclasses.dataclass
class Watched:
    """A watched folder with its watcher."""

    stores: Stores
    folder: Path
    clock: Clock
    watcher: Watcher

    def look_after(self, seconds: float) -> list[tuple[str, JobState]]:
        """Look once, later. Returns all jobs, the newest first."""
        self.clock.now += seconds
        self.watcher.look()
        return [(job.name, job.state) for job in recent_jobs(self.stores)]

    def look_until_stable(self) -> list[tuple[str, JobState]]:
        self.look_after(0)
        return self.look_after(10)

    def pack(self, name: str, count: int = 2) -> Path:
        with zipfile.ZipFile(self.folder / name, "w") as zf:
            for path, data in drawn(count).items():
                zf.writestr(path, data)
        return self.folder / name


@pytest.fixture
def incoming(stores: Stores, tmp_path: Path) -> Watched:
    folder = tmp_path / "incoming"
    folder.mkdir()
    settings = dataclasses.replace(stores.settings, watch=str(folder))
    made = dataclasses.replace(stores, settings=settings)
    clock = Clock()
    return Watched(made, folder, clock, Watcher(made, clock))


def test_a_folder_of_files_without_a_date_is_sieved_as_well(incoming: Watched) -> None:
    (incoming.folder / "undated").mkdir()
    for name, data in drawn(1).items():
        (incoming.folder / "undated" / name).write_bytes(data)
        os.utime(incoming.folder / "undated" / name, (0, 0))
    assert incoming.look_until_stable() == [("undated", JobState.QUEUED)]


def test_what_is_moved_away_before_its_turn_is_no_failed_job(
    incoming: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = incoming.pack("a.zip"), incoming.pack("b.zip")
    accept = uploads.accept

    def move_second(*arguments: Any, **named: Any) -> list[Job]:
        second.unlink(missing_ok=True)
        return accept(*arguments, **named)

    monkeypatch.setattr(uploads, "accept", move_second)
    assert incoming.look_until_stable() == [(first.name, JobState.QUEUED)]


def test_an_archive_is_sieved_once_it_stays_unchanged(incoming: Watched) -> None:
    file = incoming.pack("a.zip")
    assert incoming.look_after(0) == []
    assert incoming.look_after(9) == []
    file.write_bytes(file.read_bytes() + b"more")
    assert incoming.look_after(9) == []
    incoming.pack("a.zip", 3)
    assert incoming.look_after(9) == []
    assert incoming.look_after(9.9) == []
    assert incoming.look_after(0.1) == [("a.zip", JobState.QUEUED)]
    assert incoming.look_after(100) == [("a.zip", JobState.QUEUED)]
    assert file.is_file()


def test_nothing_is_sieved_again_after_a_restart_or_a_deletion(incoming: Watched) -> None:
    file = incoming.pack("a.zip")
    incoming.look_until_stable()
    (job,) = recent_jobs(incoming.stores)
    before = file.read_bytes()
    deletion.delete(incoming.stores, job.id)
    incoming.watcher = Watcher(incoming.stores, incoming.clock)
    assert incoming.look_until_stable() == []
    assert file.read_bytes() == before
    incoming.pack("a.zip", 3)
    assert incoming.look_until_stable() == [("a.zip", JobState.QUEUED)]


def test_a_folder_is_read_in_place_and_its_kept_pictures_are_linked(
    incoming: Watched, executor: LocalExecutor
) -> None:
    preferences.save(
        incoming.stores, Preferences(target="red_circle", start_at_once=False, copy_folder="out")
    )
    deep = incoming.folder / "crawl" / "deep"
    deep.mkdir(parents=True)
    assert incoming.look_until_stable() == []  # it is empty
    for name, data in drawn(2).items():
        (deep / name).write_bytes(data)
        assert incoming.look_after(9) == []
    assert incoming.look_after(10) == [("crawl", JobState.QUEUED)]
    (job,) = recent_jobs(incoming.stores)
    assert folders.find_source(incoming.stores, job) == incoming.folder / "crawl"
    worked_off(incoming.stores, executor, job)
    running = loop(incoming.stores, executor)
    while copies.find_next(incoming.stores):
        running.step()
    (copy,) = (incoming.stores.files.storage_root / "out").rglob("*.png")
    assert copy.samefile(deep / "circle-000.png")


def test_unfinished_hidden_and_other_files_are_left_alone(
    incoming: Watched, tmp_path: Path
) -> None:
    incoming.pack("a.zip.part")
    incoming.pack("b.zip.crdownload")
    incoming.pack("c.zip.TMP")
    incoming.pack(".d.zip")
    (incoming.folder / "e.zip").touch()  # Firefox makes it beside its e.zip.part
    (incoming.folder / "e.zip.part").write_bytes(b"PK")
    incoming.pack("f.zip").rename(tmp_path / "f.zip")
    (incoming.folder / "f.zip").symlink_to(tmp_path / "f.zip")
    os.mkfifo(incoming.folder / "g.zip")
    (incoming.folder / "notes.txt").write_text("hello")
    (incoming.folder / "mona.png").write_bytes(drawn(1)["circle-000.png"])
    assert incoming.look_until_stable() == []
    (incoming.folder / "a.zip.part").rename(incoming.folder / "a.zip")
    assert incoming.look_until_stable() == [("a.zip", JobState.QUEUED)]


def test_what_cannot_be_sieved_is_a_failed_job_and_not_tried_again(incoming: Watched) -> None:
    (incoming.folder / "broken.zip").write_bytes(b"PK\3\4 no more")
    (incoming.folder / "empty.zip").touch()
    (incoming.folder / "texts").mkdir()
    (incoming.folder / "texts" / "notes.txt").write_text("hello")
    incoming.look_until_stable()
    failed = {job.name: job for job in recent_jobs(incoming.stores)}
    assert {job.state for job in failed.values()} == {JobState.FAILED}
    assert "empty.zip is empty: 0 bytes" in (failed["empty.zip"].error or "")
    assert "contains no pictures" in (failed["texts"].error or "")
    assert failed["broken.zip"].error
    assert len(incoming.look_until_stable()) == 3
    assert list(check_instance(incoming.stores, repair=False)) == []
    assert list(incoming.stores.files.uploads.iterdir()) == []
    incoming.pack("broken.zip")
    assert incoming.look_until_stable()[0] == ("broken.zip", JobState.QUEUED)


def test_an_unforeseen_error_fails_that_archive_only(
    incoming: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept = uploads.accept

    def fail_on_a(stores: Stores, sent: list[Upload], **named: object) -> object:
        if sent[0].name == "a.zip":
            raise ZeroDivisionError("oh")
        return accept(stores, sent, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(uploads, "accept", fail_on_a)
    incoming.pack("a.zip")
    incoming.pack("b.zip")
    states = dict(incoming.look_until_stable())
    assert states == {"a.zip": JobState.FAILED, "b.zip": JobState.QUEUED}


def test_an_archive_without_room_waits_and_the_others_do_not(
    incoming: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = incoming.pack("a-large.zip", 12)
    incoming.pack("b.zip", 1)
    room = LEAST_FREE_BYTES + large.stat().st_size - 1
    with monkeypatch.context() as patch:
        patch.setattr(type(incoming.stores.files), "free_bytes", room)
        with pytest.raises(StorageFull, match="no room on the disk"):
            incoming.look_until_stable()
        assert [job.name for job in recent_jobs(incoming.stores)] == ["b.zip"]
    assert len(incoming.look_after(1)) == 2


def test_an_archive_that_changes_while_it_is_copied_is_left_for_later(
    incoming: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = incoming.pack("a.zip")
    incoming.look_after(0)
    copy = shutil.copyfileobj

    def write_meanwhile(*args: object) -> None:
        copy(*args)  # type: ignore[arg-type]
        incoming.pack("a.zip", 5)

    monkeypatch.setattr(shutil, "copyfileobj", write_meanwhile)
    assert incoming.look_after(10) == []
    monkeypatch.undo()
    assert file.stat().st_size > 0
    assert incoming.look_until_stable() == [("a.zip", JobState.QUEUED)]
    assert recent_jobs(incoming.stores)[0].total == 5


def test_without_its_character_nothing_is_lost(incoming: Watched) -> None:
    incoming.pack("a.zip")
    for target in incoming.stores.files.targets.iterdir():
        target.rename(target.with_name(f".{target.name}"))
    with pytest.raises(NotFound):
        incoming.look_until_stable()
    for target in incoming.stores.files.targets.iterdir():
        target.rename(target.with_name(target.name[1:]))
    assert incoming.look_after(1) == [("a.zip", JobState.QUEUED)]


def test_a_folder_that_is_gone_is_said(incoming: Watched, stores: Stores) -> None:
    assert find_trouble(stores) is None
    assert find_trouble(incoming.stores) is None
    incoming.folder.rmdir()
    assert "is gone or cannot be read" in (find_trouble(incoming.stores) or "")
    with pytest.raises(FileNotFoundError):
        incoming.watcher.look()
