"""What goes wrong in one job: the others go on, and its user is told."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from ml.sieve.executor import ShardPool
from ml.sieve.shard import PictureResult
from ml.targets.catalog import Target
from tests.webapp.made import drawn, loop, queued, worked_off
from webapp.errors import StorageFull
from webapp.records import Job, JobState
from webapp.runner.loop import LOOK_SECONDS
from webapp.services import jobs
from webapp.services import queue as sieve
from webapp.storage import Stores


def fill_the_disk(stores: Stores, job: Job, what: str) -> Path:
    """Whatever is written to this file of the job finds no room, until the link is removed."""
    files = stores.files
    link = {"embeddings": files.embeddings(job.id), "thumbnail": files.thumbnail(job.id, 2)}[what]
    link.symlink_to("/dev/full")
    return link


@pytest.mark.parametrize("what", ["embeddings", "thumbnail"])
def test_a_full_disk_holds_a_job_up_until_there_is_room(
    stores: Stores, pool: ShardPool, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("webapp.runner.loop.FULL_SECONDS", 0.1)
    job, other = queued(stores, drawn(4)), queued(stores, drawn(4))
    link = fill_the_disk(stores, job, what)
    running = loop(stores, pool)
    while not jobs.get(stores, other.id).state.over:
        running.step()
    for _ in range(5):
        running.step()
    held = jobs.get(stores, job.id)
    assert (held.state, held.done, held.error) == (JobState.RUNNING, 0, None)
    link.unlink()
    while not jobs.get(stores, job.id).state.over:
        running.step()
    ended = jobs.get(stores, job.id)
    assert (ended.state, ended.done, ended.attempts) == (JobState.SUCCEEDED, 4, 1)


def test_the_runner_does_not_ask_a_full_disk_every_moment(
    stores: Stores, pool: ShardPool, caplog: pytest.LogCaptureFixture
) -> None:
    fill_the_disk(stores, queued(stores, drawn(4)), "embeddings")
    running = loop(stores, pool)
    while not caplog.records:
        running.step()
    begun = time.monotonic()
    running.step()
    assert not pool.busy
    assert time.monotonic() - begun > 2 * LOOK_SECONDS
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_the_loop_goes_on_when_the_database_has_no_room(
    stores: Stores, pool: ShardPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageFull("no room")

    running = loop(stores, pool)
    monkeypatch.setattr("webapp.runner.loop.FULL_SECONDS", 2 * LOOK_SECONDS)
    with monkeypatch.context() as patch:
        patch.setattr(sieve, "take_up", full)
        begun = time.monotonic()
        running.step()
    assert time.monotonic() - begun > 1.5 * LOOK_SECONDS  # it does not ask every moment
    job = queued(stores, drawn(2))
    while not jobs.get(stores, job.id).state.over:
        running.step()
    assert jobs.get(stores, job.id).state is JobState.SUCCEEDED


def test_a_runner_that_starts_on_a_full_disk_waits_for_room(
    stores: Stores, pool: ShardPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageFull("no room")

    monkeypatch.setattr("webapp.runner.loop.FULL_SECONDS", 0.1)
    job = queued(stores, drawn(2))
    sieve.take_up(stores)  # by a runner that died
    running = loop(stores, pool)
    with monkeypatch.context() as patch:
        patch.setattr(sieve, "adopt_orphans", full)
        running.step()
    while not jobs.get(stores, job.id).state.over:
        running.step()
    ended = jobs.get(stores, job.id)
    assert (ended.state, ended.attempts) == (JobState.SUCCEEDED, 2)


def test_pictures_that_came_back_unstored_are_handed_out_again(
    stores: Stores, pool: ShardPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = sieve.store
    lost: list[PictureResult] = []

    def forgetful(stores: Stores, job: Job, target: Target, results: list[PictureResult]) -> int:
        if not lost:
            lost.extend(results)
            return 0
        return store(stores, job, target, results)

    monkeypatch.setattr(sieve, "store", forgetful)
    job = worked_off(stores, pool, queued(stores, drawn(12)))
    assert lost
    assert (job.state, job.done) == (JobState.SUCCEEDED, 12)


def test_pictures_that_never_come_back_fail_the_job_instead_of_going_round_for_ever(
    stores: Stores, pool: ShardPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sieve, "store", lambda *_: 0)
    job = worked_off(stores, pool, queued(stores, drawn(4)))
    assert job.state is JobState.FAILED
    assert "never came back" in (job.error or "")


def test_a_lost_archive_fails_its_job_with_a_sentence(stores: Stores, pool: ShardPool) -> None:
    job = queued(stores, drawn(4))
    stores.files.archive(job.id).unlink()
    failed = worked_off(stores, pool, job)
    assert failed.state is JobState.FAILED
    assert "archive.zip" in (failed.error or "")


def test_a_lost_folder_fails_its_job_with_a_sentence(stores: Stores, pool: ShardPool) -> None:
    job = queued(stores, drawn(4))
    shutil.rmtree(stores.files.job(job.id))
    assert worked_off(stores, pool, job).state is JobState.FAILED


def test_a_backbone_that_is_lost_in_the_middle_fails_its_job(
    stores: Stores, red_circle: Path, pool: ShardPool
) -> None:
    job = queued(stores, drawn(4))
    ((job, target),) = sieve.take_up(stores)
    sieve.give_back(stores)
    link = stores.files.targets / target.card.backbone
    link.unlink()
    failed = worked_off(stores, pool, job)
    assert failed.state is JobState.FAILED
    assert target.card.backbone in (failed.error or "")


def test_a_bug_fails_its_job_and_no_other(
    stores: Stores, pool: ShardPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlucky, other = queued(stores, drawn(4)), queued(stores, drawn(5))
    finish = sieve.finish

    def buggy(stores: Stores, job: object, *, note: str | None) -> None:
        assert getattr(job, "id") != unlucky.id, "thirteen"  # noqa: B009
        finish(stores, job, note=note)  # type: ignore[arg-type]

    monkeypatch.setattr(sieve, "finish", buggy)
    running = loop(stores, pool)
    while not all(jobs.get(stores, job.id).state.over for job in (unlucky, other)):
        running.step()
    failed = jobs.get(stores, unlucky.id)
    assert (failed.state, jobs.get(stores, other.id).state) == (
        JobState.FAILED,
        JobState.SUCCEEDED,
    )
    assert "bug of the program (AssertionError: thirteen" in (failed.error or "")


def test_a_failure_that_cannot_be_written_is_written_later(
    stores: Stores, pool: ShardPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(stores, drawn(4))
    stores.files.archive(job.id).unlink()
    running = loop(stores, pool)
    fail = sieve.fail

    def full(*_: object) -> None:
        raise StorageFull("no room for this either")

    monkeypatch.setattr(sieve, "fail", full)
    running.step()
    while pool.busy:
        running.step()
    assert jobs.get(stores, job.id).state is JobState.RUNNING
    monkeypatch.setattr(sieve, "fail", fail)
    running._next_look = 0.0
    running.step()
    assert "archive.zip" in (jobs.get(stores, job.id).error or "")
