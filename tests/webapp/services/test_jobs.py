"""Jobs, preferences, targets."""

from __future__ import annotations

import dataclasses

import pytest

from ml.errors import ArchiveError, ArtifactError, StorageFull
from ml.scoring.piles import Pile
from tests.webapp.made import drawn, queued, recent_jobs
from webapp.errors import (
    FolderRefused,
    IllegalTransition,
    NotFound,
    PreferenceRefused,
)
from webapp.records import Job, JobState, Preferences
from webapp.services import (
    deletion,
    downloads,
    job_list,
    jobs,
    preferences,
    queue,
    review,
    targets,
)
from webapp.storage import Stores


def waiting(stores: Stores) -> Job:
    preferences.save(stores, Preferences(target="red_circle", start_at_once=False))
    return queued(stores, drawn(2))


def test_a_job_waits_for_its_start_where_the_user_wants_that(stores: Stores) -> None:
    job = waiting(stores)
    assert queue.claim(stores) == []
    assert jobs.start(stores, job.id).state is JobState.QUEUED
    assert len(queue.claim(stores)) == 1


def test_a_job_starts_once(stores: Stores) -> None:
    job = waiting(stores)
    jobs.start(stores, job.id)
    with pytest.raises(IllegalTransition, match="has been started already"):
        jobs.start(stores, job.id)


def test_a_cancelled_job_does_not_start_again_by_start(stores: Stores) -> None:
    job = waiting(stores)
    jobs.cancel(stores, job.id)
    with pytest.raises(IllegalTransition):
        jobs.start(stores, job.id)
    with pytest.raises(IllegalTransition, match="is over: there is nothing left to stop"):
        jobs.cancel(stores, job.id)


def test_a_job_of_nobody_here_is_not_found(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    with stores.writing() as tables:
        tables.jobs.save(dataclasses.replace(job, user_id=2))
    with pytest.raises(NotFound, match="no job"):
        jobs.get(stores, job.id)
    with pytest.raises(NotFound):
        deletion.delete(stores, job.id)
    assert stores.files.archive(job.id).is_file()


def test_what_cannot_be_an_id_is_not_found(stores: Stores) -> None:
    with pytest.raises(NotFound):
        jobs.get(stores, "../../etc/passwd")


def test_progress_tells_the_time_that_is_left(stores: Stores) -> None:
    job = queued(stores, {**drawn(10), "a.txt": b"x"})
    assert jobs.read_progress(stores, job.id)[1].seconds_left is None
    queue.claim(stores)
    queue.report_rates(stores, {job.id: 4.0})
    progress = jobs.read_progress(stores, job.id)[1]
    assert (progress.done, progress.total, progress.piles[Pile.KEPT]) == (1, 11, 0)
    assert (progress.pictures_per_second, progress.seconds_left) == (4.0, 2.5)
    assert not progress.finished


def test_progress_of_a_finished_job_says_so(stores: Stores, finished_job: Job) -> None:
    progress = jobs.read_progress(stores, finished_job.id)[1]
    assert progress.finished
    assert (progress.done, progress.seconds_left) == (26, None)
    assert progress.piles == review.count_piles(stores, finished_job)
    assert len(progress.newest_kept) == min(jobs.NEWEST_KEPT, progress.piles[Pile.KEPT])


def test_progress_says_when_the_disk_holds_it_up(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEAST_FREE_BYTES", 0)
    job = queued(stores, drawn(2))
    assert jobs.read_progress(stores, job.id)[1].blocked_by is None
    queue.claim(stores)
    queue.report_rates(stores, {job.id: 4.0})
    monkeypatch.setattr(jobs, "LEAST_FREE_BYTES", 2**62)
    held = jobs.read_progress(stores, job.id)[1]
    assert (held.pictures_per_second, held.seconds_left) == (None, None)
    assert "The disk is full" in (held.blocked_by or "")
    (listed,) = job_list.list_by_id(stores, [job.id])
    assert (listed.is_blocked, listed.seconds_left) == (True, None)
    jobs.cancel(stores, job.id)
    assert jobs.read_progress(stores, job.id)[1].blocked_by is None


def test_deleting_on_a_full_disk_makes_room_first_and_may_be_repeated(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise StorageFull("no room")

    with monkeypatch.context() as patch:
        patch.setattr(stores.database, "writing", full)
        with pytest.raises(StorageFull):
            deletion.delete(stores, finished_job.id)
    assert list(stores.files.jobs.iterdir()) == []
    with pytest.raises(ArchiveError, match="is gone"):
        downloads.export_piles(stores, jobs.get(stores, finished_job.id), [Pile.KEPT])
    deletion.delete(stores, finished_job.id)
    assert recent_jobs(stores) == []


def test_a_summary_before_the_end_has_no_duration(stores: Stores) -> None:
    summary = review.read_summary(stores, queued(stores, drawn(1)).id)
    assert (summary.seconds, summary.average_seconds, summary.most_common_seconds) == (None,) * 3


def test_a_job_without_its_archive_is_not_scored_again(stores: Stores, finished_job: Job) -> None:
    stores.files.archive(finished_job.id).unlink()
    with pytest.raises(ArchiveError, match="upload it again"):
        jobs.resume(stores, finished_job.id)


def test_a_job_that_is_not_over_is_not_scored_again(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    with pytest.raises(IllegalTransition, match="not over yet: it is queued"):
        jobs.resume(stores, job.id)


def test_preferences_last(stores: Stores) -> None:
    assert preferences.get(stores).target == "red_circle"
    for days in (0, 7):
        chosen = Preferences(0.5, "red_circle", True, "a/b", False, days)
        preferences.save(stores, chosen)
        assert preferences.get(stores) == chosen
    assert (stores.files.storage_root / "a" / "b").is_dir()


@pytest.mark.parametrize(
    ("chosen", "error"),
    [
        (Preferences(confidence=1.01, target="red_circle"), PreferenceRefused),
        (Preferences(confidence=float("nan"), target="red_circle"), PreferenceRefused),
        (Preferences(retention_days=-1, target="red_circle"), PreferenceRefused),
        (Preferences(retention_days=3_651, target="red_circle"), PreferenceRefused),
        (Preferences(target="nobody"), NotFound),
        (Preferences(target="../red_circle"), NotFound),
        (Preferences(target="red_circle", copy_folder="/etc"), FolderRefused),
        (Preferences(target="red_circle", copy_kept=True, copy_folder="../x"), FolderRefused),
    ],
)
def test_a_preference_that_cannot_be_is_refused(
    stores: Stores, chosen: Preferences, error: type[Exception]
) -> None:
    before = preferences.get(stores)
    with pytest.raises(error):
        preferences.save(stores, chosen)
    assert preferences.get(stores) == before


def test_a_storage_folder_that_cannot_be_made_is_refused(stores: Stores) -> None:
    (stores.files.storage_root / "file").write_text("")
    chosen = Preferences(target="red_circle", copy_kept=True, copy_folder="file/x")
    with pytest.raises(FolderRefused, match="cannot be made"):
        preferences.save(stores, chosen)


def test_targets_are_listed_and_damaged_ones_left_out(stores: Stores) -> None:
    assert "red_circle" in [card.name for card in targets.list_cards(stores)]
    damaged = stores.files.targets / "damaged"
    damaged.mkdir()
    (damaged / "head.npz").write_bytes(b"")
    assert "damaged" not in [card.name for card in targets.list_cards(stores)]
    with pytest.raises(ArtifactError, match="damaged"):
        targets.get(stores, "damaged")


def test_a_job_that_is_put_first_goes_before_the_others_until_it_is_over(stores: Stores) -> None:
    first, second, third = (queued(stores, drawn(2), f"{n}.zip") for n in range(3))

    def read_order(job: Job) -> tuple[int, int, bool]:
        progress = jobs.read_progress(stores, job.id)[1]
        return progress.jobs_before, progress.jobs_beside, progress.can_be_put_first

    assert read_order(first) == (0, 2, True)
    jobs.put_first(stores, third.id)
    assert read_order(third) == (0, 2, False)
    assert read_order(first) == (1, 1, True)
    jobs.put_first(stores, second.id)
    assert [read_order(job)[0] for job in (first, second, third)] == [2, 0, 1]
    queue.claim(stores)
    assert queue.list_put_first(stores) == [second.id, third.id]
    jobs.cancel(stores, second.id)
    assert queue.list_put_first(stores) == [third.id]
    with pytest.raises(IllegalTransition, match="is not in line"):
        jobs.put_first(stores, second.id)
    jobs.resume(stores, second.id)
    assert read_order(second)[0] == 1
    jobs.cancel(stores, third.id)
    assert read_order(second) == (0, 1, True)
