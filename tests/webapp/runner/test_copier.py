"""The runner copies kept pictures at the end of a job, and when a user asks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from ml.errors import StorageFull
from ml.scoring.piles import Pile
from ml.sieve.executor import LocalExecutor
from tests.webapp.made import drawn, loop, queued, worked_off
from webapp.records import Job, JobState, Preferences
from webapp.runner.copier import Copier
from webapp.services import copies, jobs, preferences, review, trash
from webapp.storage import Stores


def copy_all(stores: Stores, copier: Copier) -> None:
    """Let the copier do everything that was asked of it."""
    copier.sync()
    while copier.is_busy:
        copier.step()
        copier.sync()


def test_kept_pictures_are_copied_at_the_end_of_their_job(
    stores: Stores, executor: LocalExecutor
) -> None:
    chosen = Preferences(target="red_circle", copy_kept=True, copy_folder="mona/out")
    preferences.save(stores, chosen)
    members = drawn(8)
    hostile = {"../../../" + name: data for name, data in members.items()}
    job = worked_off(stores, executor, queued(stores, hostile))
    running = loop(stores, executor)
    while copies.find_next(stores):
        running.step()
    kept = review.list_pictures(stores, job, Pile.KEPT).pictures
    note = jobs.get(stores, job.id).note
    assert f"{len(kept)} kept pictures were copied to" in (note or "")
    root = stores.files.storage_root
    found = {file.name: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    assert found == {p.path.split("/")[-1]: hostile[p.path] for p in kept}
    assert [path.name for path in root.iterdir()] == ["mona"]


def test_a_bug_while_pictures_are_copied_is_a_note_of_that_job(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_badly(*_: object) -> Iterator[None]:
        yield
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(copies, "work_on", copy_badly)
    copies.request_copy(stores, finished_job.id, "")
    copy_all(stores, Copier(stores))
    job = jobs.get(stores, finished_job.id)
    assert job.state is JobState.SUCCEEDED
    assert "ZeroDivisionError" in (job.note or "")


def test_a_full_disk_is_told_to_the_loop_and_the_work_begins_again(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Iterator[None]:
        yield
        raise StorageFull("no room")

    copies.request_copy(stores, finished_job.id, "")
    copier = Copier(stores)
    with monkeypatch.context() as patch:
        patch.setattr(copies, "work_on", full)
        copier.sync()
        with pytest.raises(StorageFull):
            copier.step()
    copy_all(stores, copier)
    assert "were copied" in (jobs.get(stores, finished_job.id).note or "")


def test_a_deleted_job_ends_its_copying_and_no_other(stores: Stores, finished_job: Job) -> None:
    copies.request_copy(stores, finished_job.id, "")
    copier = Copier(stores)
    copier.sync()
    trash.discard(stores, finished_job.id)
    copy_all(stores, copier)
    assert not list(stores.files.storage_root.iterdir())
    shutil.rmtree(stores.files.storage_root)
    trash.restore(stores, finished_job.id)
    copy_all(stores, copier)
    assert "were copied" in (jobs.get(stores, finished_job.id).note or "")
