"""The runner's loop, stepped through, with a real worker."""

from __future__ import annotations

import dataclasses
import logging

import pytest

from ml.scoring.piles import Pile
from ml.sieve.executor import LocalExecutor
from ml.sieve.shard import PictureResult, Shard, score_shard
from tests.ml.sieve.inline import InlineExecutor
from tests.webapp.made import drawn, loop, many, queued, recent_jobs, worked_off
from webapp.records import JobState
from webapp.runner.loop import Loop
from webapp.runner.stop import Stop
from webapp.services import deletion, jobs, pictures, queue, review
from webapp.storage import Stores


def step_until_some_are_done(running: Loop, stores: Stores, job_id: str) -> None:
    while not jobs.get(stores, job_id).done:
        running.step()


def test_a_job_is_worked_off(stores: Stores, executor: LocalExecutor) -> None:
    job = worked_off(stores, executor, queued(stores, {**drawn(24), "notes.txt": b"x"}))
    assert (job.state, job.done, job.error) == (JobState.SUCCEEDED, 25, None)
    kept = review.list_pictures(stores, job, Pile.KEPT).pictures
    circles = [picture for picture in kept if picture.path.startswith("circle")]
    assert len(circles) >= 11
    assert len(kept) - len(circles) <= 1
    for picture in kept:
        thumbnail = pictures.find_thumbnail(stores, job.id, picture.number)
        assert thumbnail
        assert thumbnail.read_bytes().startswith(b"\xff\xd8")


def test_the_summary_gives_the_papers_figures(stores: Stores, executor: LocalExecutor) -> None:
    job = worked_off(stores, executor, queued(stores, {**drawn(8), "notes.txt": b"x"}))
    figures = review.read_summary(stores, job.id)
    assert figures.total == 9 == sum(figures.piles.values())
    assert figures.seconds
    assert figures.average_seconds
    assert figures.seconds > figures.average_seconds > 0
    assert figures.most_common_seconds == round(figures.most_common_seconds or 0, 3)
    assert job.rate == pytest.approx(8 / figures.seconds)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> InlineExecutor:
    """An executor that returns one shard a step; the loop looks at the rows in every step."""
    monkeypatch.setattr("webapp.runner.loop.SYNC_SECONDS", 0.0)
    return InlineExecutor()


def test_a_small_job_passes_a_large_one(stores: Stores, inline: InlineExecutor) -> None:
    large = queued(stores, many(100), "large.zip")
    running = loop(stores, inline)
    step_until_some_are_done(running, stores, large.id)
    small = queued(stores, drawn(4), "small.zip")
    while not jobs.get(stores, small.id).state.is_over:
        running.step()
    assert jobs.get(stores, large.id).state is JobState.RUNNING
    assert jobs.read_progress(stores, large.id)[1].done < 100


def test_a_cancelled_job_is_left_at_once(stores: Stores, inline: InlineExecutor) -> None:
    job = queued(stores, many(100))
    running = loop(stores, inline)
    step_until_some_are_done(running, stores, job.id)
    progress = jobs.read_progress(stores, job.id)[1]
    assert progress.state is JobState.RUNNING
    jobs.cancel(stores, job.id)
    counts = review.count_piles(stores, job)
    submitted = len(inline.submitted)
    while inline.busy:
        running.step()
    assert len(inline.submitted) == submitted
    assert review.count_piles(stores, job) == counts
    assert sum(counts.values()) == 100
    assert counts[Pile.SKIPPED] > 0


def test_a_cancelled_job_goes_on_where_it_stopped(stores: Stores, executor: LocalExecutor) -> None:
    job = queued(stores, many(120))
    running = loop(stores, executor)
    step_until_some_are_done(running, stores, job.id)
    cancelled = jobs.cancel(stores, job.id)
    already = [p for p in review.list_pictures(stores, job, limit=500).pictures if p.sha256]
    assert 0 < len(already) < 120
    again = jobs.resume(stores, cancelled.id)
    assert (again.state, again.done, again.error) == (JobState.QUEUED, len(already), None)
    ended = worked_off(stores, executor, again)
    assert (ended.state, ended.done) == (JobState.SUCCEEDED, 120)
    for picture in already:
        assert review.get_picture(stores, ended, picture.number).seconds == picture.seconds


def test_a_deleted_job_leaves_nothing_while_its_worker_goes_on(
    stores: Stores, executor: LocalExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    job = queued(stores, many(600))  # more than the loop can hand out in one step
    running = loop(stores, executor)
    step_until_some_are_done(running, stores, job.id)
    deletion.delete(stores, job.id)
    while executor.busy:
        running.step()
    assert recent_jobs(stores) == []
    assert list(stores.files.jobs.iterdir()) == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert worked_off(stores, executor, queued(stores, drawn(2))).state is JobState.SUCCEEDED


def test_a_succeeded_job_is_scored_anew_from_its_archive(
    stores: Stores, executor: LocalExecutor
) -> None:
    job = worked_off(stores, executor, queued(stores, drawn(4)))
    thumbnail = stores.files.thumbnail(job.id, 0)
    before = thumbnail.stat().st_mtime_ns
    again = jobs.resume(stores, job.id)
    assert (again.state, again.done, again.started) == (JobState.QUEUED, 0, None)
    assert worked_off(stores, executor, again).state is JobState.SUCCEEDED
    assert thumbnail.stat().st_mtime_ns > before


def test_the_loop_stops_when_asked_and_gives_its_jobs_back(stores: Stores) -> None:
    job = queued(stores, many(100))
    stop = Stop()

    def score_and_stop(shard: Shard) -> list[PictureResult]:
        stop.ask()
        return score_shard(shard)

    executor = InlineExecutor(score_and_stop)
    Loop(stores, executor, stop).run()
    back = jobs.get(stores, job.id)
    assert (back.state, back.attempts) == (JobState.QUEUED, 0)
    assert 0 < back.done < 100
    assert executor.busy


def test_results_of_an_earlier_run_are_not_taken_for_this_one(
    stores: Stores, executor: LocalExecutor
) -> None:
    job = queued(stores, drawn(40))
    first = loop(stores, executor)
    step_until_some_are_done(first, stores, job.id)
    queue.release(stores)
    ended = worked_off(
        stores, executor, job
    )  # a new loop meets the old one's shards in the executor
    assert (ended.state, ended.done) == (JobState.SUCCEEDED, 40)
    assert dataclasses.asdict(ended)["error"] is None


def test_a_job_that_is_put_first_ends_before_the_others_go_on(
    stores: Stores, executor: LocalExecutor
) -> None:
    other, chosen = queued(stores, many(120), "other.zip"), queued(stores, many(40), "chosen.zip")
    jobs.put_first(stores, chosen.id)
    running = loop(stores, executor)
    while not jobs.get(stores, chosen.id).state.is_over:
        running.step()
    # As many as were handed out before the last shards of the chosen one came back.
    assert jobs.get(stores, other.id).done < 40
