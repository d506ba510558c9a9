"""An archive whose process is killed before its row is committed becomes a job by itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.webapp.made import arrived, drawn, everything, full_disk, packed, recent_jobs
from tests.webapp.services.test_uploads import zip_bytes
from webapp.config import Settings
from webapp.records import JobState, Preferences
from webapp.services import folders, preferences, resumable, uploads
from webapp.services.check import check_instance
from webapp.services.intents import make_intent, note_intent
from webapp.services.new_jobs import choose_options
from webapp.services.retention import clean_up_uploads
from webapp.storage import Stores, Tables


def die_before_commit(data: Path, file: Path, *, is_watched: bool) -> None:
    """Accept an upload, and kill this process after the move of its file, before the commit."""
    stores = Stores.open(Settings(data_dir=data))

    def die(_connection: object) -> None:
        if any(stores.files.jobs.iterdir()):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(stores.database.engine, "commit", die)
    upload = arrived(stores, "holiday.zip", file.read_bytes())
    also = remember if is_watched else None
    uploads.accept(stores, [upload], confidence=0.7, start_at_once=False, note="Odd.", also=also)


def remember(_tables: Tables) -> None:
    """What the watched folder writes besides."""


def kill_in_between(stores: Stores, data: bytes, *, is_watched: bool = False) -> Path:
    """Returns the archive that has no row."""
    file = stores.settings.data_dir.parent / "sent.zip"
    file.write_bytes(data)
    process = multiprocessing.get_context("spawn").Process(
        target=die_before_commit,
        args=(stores.settings.data_dir, file),
        kwargs={"is_watched": is_watched},
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert recent_jobs(stores) == []
    (folder,) = stores.files.jobs.iterdir()
    assert (folder / "archive.zip").read_bytes() == data
    return folder / "archive.zip"


def test_an_upload_that_is_killed_between_move_and_commit_becomes_its_job_at_the_next_start(
    stores: Stores,
) -> None:
    inner = zip_bytes(drawn(1))
    data = zip_bytes({**drawn(3), "inner.zip": inner})
    kill_in_between(stores, data)
    preferences.save(stores, Preferences(target="red_circle", open_inner_zips=True))
    clean_up_uploads(stores)
    (job,) = recent_jobs(stores)
    assert (job.name, job.target, job.threshold) == ("holiday.zip", "red_circle", 0.7)
    assert (job.state, job.total, job.archive_note) == (JobState.WAITING, 4, "Odd.")
    assert stores.files.archive(job.id).read_bytes() == data
    assert list(stores.files.uploads.iterdir()) == []
    assert list(check_instance(stores, repair=False)) == []
    before = everything(stores)
    clean_up_uploads(stores)
    assert everything(stores) == before


REPORT = b"path,sha256,target,verdict\r\n"


def accept_and_die(data: Path, *, commits: int) -> None:
    """Accept two archives and a report, and kill this process before a commit or at the end."""
    stores = Stores.open(Settings(data_dir=data))
    left = commits

    def die(_connection: object) -> None:
        nonlocal left
        if any(stores.files.jobs.iterdir()):
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    event.listen(stores.database.engine, "commit", die)
    archives = [packed(stores, drawn(count), f"{count}.zip") for count in (1, 2)]
    uploads.accept(stores, [*archives, arrived(stores, "before/report.csv", REPORT)])
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("commits", [0, 1], ids=["before the rows", "after them"])
def test_a_report_beside_two_archives_outlives_a_kill(stores: Stores, commits: int) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=accept_and_die, args=(stores.settings.data_dir,), kwargs={"commits": commits}
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert len(recent_jobs(stores)) == 2 * commits
    clean_up_uploads(stores)
    found = recent_jobs(stores)
    assert {(job.name, job.report) for job in found} == {
        ("1.zip", "before/report.csv"),
        ("2.zip", "before/report.csv"),
    }
    assert [stores.files.report(job.id).read_bytes() for job in found] == [REPORT] * 2
    assert list(stores.files.uploads.iterdir()) == []
    assert list(check_instance(stores, repair=False)) == []


def test_an_archive_of_the_watched_folder_is_not_sieved_twice(stores: Stores) -> None:
    kill_in_between(stores, zip_bytes(drawn(2)), is_watched=True)
    clean_up_uploads(stores)
    assert recent_jobs(stores) == []
    assert list(stores.files.jobs.iterdir()) == []
    assert list(stores.files.uploads.iterdir()) == []


def test_a_repair_by_hand_leaves_nothing_for_the_start(stores: Stores) -> None:
    kill_in_between(stores, zip_bytes(drawn(2)))
    assert [finding.is_repaired for finding in check_instance(stores, repair=True)] == [True]
    clean_up_uploads(stores)
    (job,) = recent_jobs(stores)
    assert (job.name, job.threshold, job.archive_note) == ("holiday.zip", 0.7, "Odd.")
    assert list(stores.files.uploads.iterdir()) == []


def test_what_a_living_process_takes_over_is_left_alone(stores: Stores) -> None:
    (job,) = uploads.accept(stores, [packed(stores, drawn(2))])
    intent = note_intent(stores, job, is_repeated=False)
    with stores.writing() as tables:
        tables.jobs.remove(job.id)
    clean_up_uploads(stores)
    assert intent.exists()
    assert recent_jobs(stores) == []


def test_a_full_disk_leaves_no_note(stores: Stores) -> None:
    (job,) = uploads.accept(stores, [packed(stores, drawn(1))])
    with full_disk(), pytest.raises(OSError, match="File too large"):
        note_intent(stores, job, is_repeated=False)
    assert list(stores.files.uploads.iterdir()) == []


@pytest.fixture
def orphan(stores: Stores) -> str:
    """The id of a job folder without a row, whose note is of a process that has ended."""
    (job,) = uploads.accept(stores, [packed(stores, drawn(2))])
    intent = note_intent(stores, job, is_repeated=False)
    intent.rename(intent.with_name(f"ended.{job.id}.intent"))
    with stores.writing() as tables:
        tables.jobs.remove(job.id)
    return job.id


def test_a_damaged_note_makes_a_job_that_waits(stores: Stores, orphan: str) -> None:
    (intent,) = stores.files.uploads.iterdir()
    intent.write_bytes(b"")
    clean_up_uploads(stores)
    (job,) = recent_jobs(stores)
    assert (job.name, job.state) == (make_intent(orphan).name, JobState.WAITING)


def test_an_archive_that_cannot_become_a_job_stays(
    stores: Stores, orphan: str, caplog: pytest.LogCaptureFixture
) -> None:
    archive = stores.files.archive(orphan)
    archive.write_bytes(b"no zip")
    clean_up_uploads(stores)
    assert recent_jobs(stores) == []
    assert archive.read_bytes() == b"no zip"
    assert "recovering" in caplog.text


def test_a_note_of_what_became_a_job_is_removed(stores: Stores, orphan: str) -> None:
    clean_up_uploads(stores)
    (job,) = recent_jobs(stores)
    intent = note_intent(stores, job, is_repeated=False)
    intent.rename(intent.with_name(f"ended.{job.id}.intent"))
    clean_up_uploads(stores)
    assert [listed.id for listed in recent_jobs(stores)] == [job.id]
    assert list(stores.files.uploads.iterdir()) == []


def test_a_resumable_upload_is_its_clients_to_finish(stores: Stores) -> None:
    data = zip_bytes(drawn(2))
    created = resumable.create(stores, length=len(data), metadata="")
    stores.files.resumable(created.id).write_bytes(data)
    (job,) = uploads.accept(
        stores, [uploads.Upload("a.zip", stores.files.resumable(created.id), id=created.id)]
    )
    intent = note_intent(stores, job, is_repeated=False)
    intent.rename(intent.with_name(f"ended.{job.id}.intent"))
    with stores.writing() as tables:
        tables.jobs.remove(job.id)
    clean_up_uploads(stores)
    (unfinished,) = resumable.list_unfinished(stores)
    assert (unfinished.upload.id, unfinished.offset) == (created.id, len(data))
    assert recent_jobs(stores) == []
    assert list(stores.files.uploads.iterdir()) == [stores.files.resumable(created.id)]


def test_a_folders_listing_becomes_its_job(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, data in drawn(2).items():
        (tmp_path / "in" / name).write_bytes(data)
    job = folders.accept_folder(stores, tmp_path / "in", choose_options(stores, None, None))
    intent = note_intent(stores, job, is_repeated=False)
    intent.rename(intent.with_name(f"ended.{job.id}.intent"))
    with stores.writing() as tables:
        tables.jobs.remove(job.id)
    clean_up_uploads(stores)
    (recovered,) = recent_jobs(stores)
    assert (recovered.name, recovered.total) == ("in", 2)
    assert folders.find_source(stores, recovered) == tmp_path / "in"
