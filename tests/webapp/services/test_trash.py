"""The trash: what is deleted can be restored for a day, unless the disk is short."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from ml.errors import StorageFull
from ml.scoring.piles import Pile, Verdict
from tests.webapp.made import drawn, queued, recent_jobs
from webapp.errors import NotFound
from webapp.records import Job, JobState, Preferences
from webapp.services import jobs, preferences, queue, retention, review, trash, verdicts
from webapp.storage import Stores
from webapp.storage.files import Files


def trashed(stores: Stores) -> list[str]:
    return [job.id for job in trash.list_trash(stores)]


def test_a_restored_job_is_as_it_was(stores: Stores, finished_job: Job) -> None:
    verdicts.set_verdict(stores, finished_job.id, 0, Verdict.IS_NOT)
    piles = review.count_piles(stores, finished_job)
    trash.discard(stores, finished_job.id)
    assert (recent_jobs(stores), trashed(stores)) == ([], [finished_job.id])
    with pytest.raises(NotFound, match="is in the trash"):
        jobs.get(stores, finished_job.id)
    assert trash.restore(stores, finished_job.id) == finished_job
    assert (recent_jobs(stores), trashed(stores)) == ([finished_job], [])
    assert review.count_piles(stores, finished_job) == piles
    assert stores.files.thumbnail(finished_job.id, 0).is_file()


def test_a_running_job_is_stopped_and_can_continue_after_its_return(stores: Stores) -> None:
    job = queued(stores, drawn(3))
    queue.claim(stores)
    trash.discard(stores, job.id)
    assert queue.list_still_running(stores, [job.id]) == set()
    back = trash.restore(stores, job.id)
    assert back.state is JobState.CANCELLED
    assert review.count_piles(stores, back)[Pile.SKIPPED] == 3
    assert jobs.resume(stores, job.id).state is JobState.QUEUED


def test_a_job_that_waits_for_its_start_waits_again(stores: Stores) -> None:
    preferences.save(stores, Preferences(target="red_circle", start_at_once=False))
    job = queued(stores, drawn(1))
    trash.discard(stores, job.id)
    assert trash.restore(stores, job.id).state is JobState.WAITING


def test_the_trash_keeps_a_job_for_a_day(stores: Stores, finished_job: Job) -> None:
    trash.discard(stores, finished_job.id)
    for hours, expected in ((23, [finished_job.id]), (25, [])):
        retention.apply_retention(stores, now=datetime.now(UTC) + timedelta(hours=hours))
        assert trashed(stores) == expected
    assert not stores.files.job(finished_job.id).exists()
    with pytest.raises(NotFound):
        trash.restore(stores, finished_job.id)


def test_the_emptied_trash_leaves_no_file_and_no_other_job(
    stores: Stores, finished_job: Job
) -> None:
    other = queued(stores, drawn(1))
    trash.discard(stores, finished_job.id)
    assert trash.empty(stores) == 1
    assert trashed(stores) == []
    assert [folder.name for folder in stores.files.jobs.iterdir()] == [other.id]


def test_a_job_that_is_not_in_the_trash_is_not_restored(stores: Stores, finished_job: Job) -> None:
    with pytest.raises(NotFound, match="not in the trash any more"):
        trash.restore(stores, finished_job.id)


def test_a_short_disk_empties_the_trash_from_its_oldest_job(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [queued(stores, drawn(1), f"{n}.zip").id for n in range(3)]
    for job_id in made:
        trash.discard(stores, job_id)
    monkeypatch.setattr(
        Files, "free_bytes", property(lambda files: 100 * (4 - len(list(files.jobs.iterdir()))))
    )
    trash.make_room(stores, wanted_bytes=100)
    assert trashed(stores) == made[::-1]
    trash.make_room(stores, wanted_bytes=300)
    assert trashed(stores) == [made[2]]


def test_on_a_full_disk_a_deleted_job_gives_back_its_room(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = Stores.writing
    tries = []

    def full_at_first(stores: Stores) -> object:
        tries.append(stores)
        if len(tries) <= 2:
            raise StorageFull("no room")
        return writing(stores)

    monkeypatch.setattr(Stores, "writing", full_at_first)
    trash.discard(stores, finished_job.id)
    assert (trashed(stores), recent_jobs(stores)) == ([], [])
    assert list(stores.files.jobs.iterdir()) == []


def test_every_phase_of_a_deletion_is_logged(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job = queued(stores, drawn(1))
    trash.discard(stores, job.id)
    trash.restore(stores, job.id)
    trash.discard(stores, job.id)
    trash.empty(stores)
    phases = [vars(r)["phase"] for r in caplog.records if getattr(r, "job", None) == job.id]
    assert phases[-4:] == ["trashed", "restored", "trashed", "deleted"]


def test_only_a_job_in_the_trash_can_be_deleted_for_good(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    with pytest.raises(NotFound, match="not in the trash"):
        trash.delete_for_good(stores, job.id)
    trash.discard(stores, job.id)
    assert trash.delete_for_good(stores, job.id).id == job.id
    assert trash.list_trash(stores) == []
    assert not stores.files.job(job.id).exists()
