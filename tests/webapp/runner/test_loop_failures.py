"""What goes wrong in one job: the others go on, and its user is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ml.errors import StorageFull, WorkersSilent
from ml.sieve.executor import LocalExecutor
from tests.webapp.made import drawn, loop, queued, worked_off
from webapp.records import Job, JobState
from webapp.services import jobs, queue, targets
from webapp.storage import Stores


def fill_the_disk(stores: Stores, job: Job, what: str) -> Path:
    """Whatever is written to this file of the job finds no room, until the link is removed."""
    files = stores.files
    link = {"embeddings": files.embeddings(job.id), "thumbnail": files.thumbnail(job.id, 2)}[what]
    link.symlink_to("/dev/full")
    return link


@pytest.mark.parametrize("what", ["embeddings", "thumbnail"])
def test_a_full_disk_holds_a_job_up_until_there_is_room(
    stores: Stores, executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("webapp.runner.loop.RETRY_SECONDS", 0.1)
    job, other = queued(stores, drawn(4)), queued(stores, drawn(4))
    link = fill_the_disk(stores, job, what)
    running = loop(stores, executor)
    while not jobs.get(stores, other.id).state.is_over:
        running.step()
    for _ in range(5):
        running.step()
    held = jobs.get(stores, job.id)
    assert (held.state, held.done, held.error) == (JobState.RUNNING, 0, None)
    assert "disk is full" in (held.blocked_by or "")
    link.unlink()
    while not jobs.get(stores, job.id).state.is_over:
        running.step()
    ended = jobs.get(stores, job.id)
    assert (ended.state, ended.done, ended.blocked_by) == (JobState.SUCCEEDED, 4, None)


def test_the_runner_does_not_ask_a_full_disk_every_moment(
    stores: Stores,
    executor: LocalExecutor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("webapp.runner.loop.RETRY_SECONDS", 3600.0)
    fill_the_disk(stores, queued(stores, drawn(4)), "embeddings")
    running = loop(stores, executor)
    while not caplog.records:
        running.step()
    for _ in range(3):
        running.step()
        assert not executor.busy
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_silent_workers_hold_a_job_up_with_a_sentence_until_new_ones_work(
    stores: Stores, executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_silent(_timeout: float) -> None:
        executor._in_flight.clear()  # as the executor does when it replaces its pool
        raise WorkersSilent("The worker processes did not answer.")

    monkeypatch.setattr("webapp.runner.loop.RETRY_SECONDS", 0.1)
    job = queued(stores, drawn(4))
    running = loop(stores, executor)
    with monkeypatch.context() as silent:
        silent.setattr(executor, "finished", be_silent)
        running.step()
    assert jobs.get(stores, job.id).blocked_by == "The worker processes did not answer."
    while not jobs.get(stores, job.id).state.is_over:
        running.step()
    ended = jobs.get(stores, job.id)
    assert (ended.state, ended.done, ended.blocked_by) == (JobState.SUCCEEDED, 4, None)


def test_the_loop_goes_on_when_the_database_has_no_room(
    stores: Stores, executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageFull("no room")

    running = loop(stores, executor)
    monkeypatch.setattr("webapp.runner.loop.RETRY_SECONDS", 0.1)
    with monkeypatch.context() as patch:
        patch.setattr(queue, "claim", full)
        running.step()
    job = queued(stores, drawn(2))
    while not jobs.get(stores, job.id).state.is_over:
        running.step()
    assert jobs.get(stores, job.id).state is JobState.SUCCEEDED


@pytest.mark.parametrize("part", ["claim", "requeue_orphans", "report_rates"])
def test_a_bug_in_a_part_of_the_round_does_not_end_the_runner(
    stores: Stores,
    executor: LocalExecutor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    part: str,
) -> None:
    original = getattr(queue, part)
    failures = iter([ZeroDivisionError("oh")])

    def fail_once(*arguments: object) -> object:
        for error in failures:
            raise error
        return original(*arguments)

    monkeypatch.setattr(queue, part, fail_once)
    job = worked_off(stores, executor, queued(stores, drawn(2)))
    assert job.state is JobState.SUCCEEDED
    assert "will be tried again" in caplog.text


def test_a_runner_that_starts_on_a_full_disk_waits_for_room(
    stores: Stores, executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageFull("no room")

    monkeypatch.setattr("webapp.runner.loop.RETRY_SECONDS", 0.1)
    job = queued(stores, drawn(2))
    queue.claim(stores)  # by a runner that died
    running = loop(stores, executor)
    with monkeypatch.context() as patch:
        patch.setattr(queue, "requeue_orphans", full)
        running.step()
    while not jobs.get(stores, job.id).state.is_over:
        running.step()
    ended = jobs.get(stores, job.id)
    assert ended.state is JobState.SUCCEEDED


def test_a_lost_archive_fails_its_job_with_a_sentence(
    stores: Stores, executor: LocalExecutor
) -> None:
    job = queued(stores, drawn(4))
    stores.files.archive(job.id).unlink()
    failed = worked_off(stores, executor, job)
    assert failed.state is JobState.FAILED
    assert "no longer there" in (failed.error or "")
    assert str(stores.settings.data_dir) not in (failed.error or "")


def test_a_lost_folder_fails_its_job_with_a_sentence(
    stores: Stores, executor: LocalExecutor
) -> None:
    job = queued(stores, drawn(4))
    shutil.rmtree(stores.files.job(job.id))
    assert worked_off(stores, executor, job).state is JobState.FAILED


def test_a_backbone_that_is_lost_in_the_middle_fails_its_job(
    stores: Stores, red_circle: Path, executor: LocalExecutor
) -> None:
    job = queued(stores, drawn(4))
    backbone = targets.get(stores, job.target).card.backbone
    (stores.files.targets / backbone).unlink()
    failed = worked_off(stores, executor, job)
    assert failed.state is JobState.FAILED
    assert backbone in (failed.error or "")


def test_a_bug_fails_its_job_and_no_other(
    stores: Stores, executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlucky, other = queued(stores, drawn(4)), queued(stores, drawn(5))
    finish = queue.finish

    def buggy(stores: Stores, job_id: str) -> None:
        assert job_id != unlucky.id, "thirteen"
        finish(stores, job_id)

    monkeypatch.setattr(queue, "finish", buggy)
    running = loop(stores, executor)
    while not all(jobs.get(stores, job.id).state.is_over for job in (unlucky, other)):
        running.step()
    failed = jobs.get(stores, unlucky.id)
    assert (failed.state, jobs.get(stores, other.id).state) == (
        JobState.FAILED,
        JobState.SUCCEEDED,
    )
    assert "went wrong in MonaSieve (AssertionError: thirteen" in (failed.error or "")


def test_a_failure_that_cannot_be_written_is_written_later(
    stores: Stores, executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(stores, drawn(4))
    stores.files.archive(job.id).unlink()
    running = loop(stores, executor)
    fail = queue.fail

    def full(*_: object) -> None:
        raise StorageFull("no room for this either")

    monkeypatch.setattr(queue, "fail", full)
    running.step()
    while executor.busy:
        running.step()
    assert jobs.get(stores, job.id).state is JobState.RUNNING
    monkeypatch.setattr(queue, "fail", fail)
    running._next_sync = 0.0
    running.step()
    assert "archive.zip" in (jobs.get(stores, job.id).error or "")


def test_a_target_that_is_lost_while_its_job_waits_fails_that_job_only(
    stores: Stores, executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.runner.loop.RETRY_SECONDS", 0.1)
    job = queued(stores, drawn(4))
    fill_the_disk(stores, job, "embeddings")
    running = loop(stores, executor)
    while not jobs.get(stores, job.id).blocked_by:
        running.step()
    (stores.files.targets / "red_circle").unlink()
    while not jobs.get(stores, job.id).state.is_over:
        running.step()
    failed = jobs.get(stores, job.id)
    assert failed.state is JobState.FAILED
    assert "no character 'red_circle'" in (failed.error or "")
