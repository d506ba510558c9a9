"""What the runner's services promise, called as the runner calls them."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from ml.scoring.piles import Outcome, Pile
from ml.sieve.shard import PictureResult, run_shard
from ml.targets.catalog import Target
from ml.vision.card import write_card
from ml.vision.regions import count_regions
from tests.webapp.made import drawn, queued
from webapp.errors import StorageFull
from webapp.records import Job, JobState
from webapp.services import jobs, review, targets
from webapp.services import queue as sieve
from webapp.storage import Stores


def taken_up(stores: Stores, members: dict[str, bytes]) -> tuple[Job, Target]:
    queued(stores, members)
    ((job, target),) = sieve.take_up(stores)
    return job, target


def scored(stores: Stores, job: Job, target: Target) -> list[PictureResult]:
    shard = sieve.next_shard(stores, job, target, after=-1)
    assert shard
    return run_shard(shard)


def own_target(stores: Stores) -> Path:
    """Make the red circle this test's own, to be changed; returns its folder."""
    folder = stores.files.targets / "red_circle"
    original = folder.resolve()
    folder.unlink()
    return Path(shutil.copytree(original, folder))


def test_a_queued_job_is_taken_up_once(stores: Stores) -> None:
    job, _ = taken_up(stores, drawn(2))
    assert (job.state, job.attempts) == (JobState.RUNNING, 1)
    assert job.started
    assert sieve.take_up(stores) == []


def test_a_job_that_is_cancelled_while_it_is_taken_up_stays_cancelled(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(stores, drawn(1))
    get = targets.get

    def meanwhile(stores: Stores, name: str) -> Target:
        jobs.cancel(stores, job)
        return get(stores, name)

    monkeypatch.setattr(targets, "get", meanwhile)
    assert sieve.take_up(stores) == []
    assert jobs.get(stores, job.id).state is JobState.CANCELLED


def test_shards_follow_each_other_through_what_waits(stores: Stores) -> None:
    job, target = taken_up(stores, {"notes.txt": b"x", **drawn(6)})
    first = sieve.next_shard(stores, job, target, after=-1)
    assert first
    assert first.numbers == (1, 2, 3, 4)
    second = sieve.next_shard(stores, job, target, after=4)
    assert second
    assert second.numbers == (5, 6)
    assert sieve.next_shard(stores, job, target, after=6) is None


def test_results_lie_in_rows_and_embeddings_by_number(stores: Stores) -> None:
    job, target = taken_up(stores, {"notes.txt": b"x", **drawn(3), "broken.png": b"x"})
    results = scored(stores, job, target)
    assert sieve.store(stores, job, target, results) == 4
    shape = (-1, count_regions(target.backbone), target.backbone.dim)
    stored = np.fromfile(stores.files.embeddings(job.id), "<f2").reshape(shape)
    assert len(stored) == 4  # rows 0 to 3: nothing lies behind the last scored one
    assert not stored[0].any()
    for result in results:
        if result.embeddings is not None:
            np.testing.assert_array_equal(stored[result.number], result.embeddings)
    outcomes = [p.outcome for p in review.pictures(stores, job).pictures]
    assert outcomes == [Outcome.SKIPPED, *[Outcome.SCORED] * 3, Outcome.UNREADABLE]
    assert jobs.get(stores, job.id).done == 5


def test_storing_twice_changes_nothing(stores: Stores) -> None:
    job, target = taken_up(stores, drawn(4))
    results = scored(stores, job, target)
    assert sieve.store(stores, job, target, results) == 4
    before = review.pictures(stores, job)
    slower = [dataclasses.replace(result, seconds=9.0) for result in results]
    assert sieve.store(stores, job, target, slower) == 0
    assert review.pictures(stores, job) == before
    assert jobs.get(stores, job.id).done == 4
    assert sieve.next_shard(stores, job, target, after=-1) is None


def test_results_for_a_cancelled_job_are_dropped(stores: Stores) -> None:
    job, target = taken_up(stores, drawn(4))
    results = scored(stores, job, target)
    cancelled = jobs.cancel(stores, job)
    assert sieve.store(stores, job, target, results) == 0
    assert jobs.get(stores, job.id) == cancelled


def test_a_score_that_is_no_number_makes_its_picture_unreadable(stores: Stores) -> None:
    job, target = taken_up(stores, drawn(2))
    results = scored(stores, job, target)
    assert results[0].embeddings is not None
    broken = np.full_like(results[0].embeddings, np.nan)
    results[0] = dataclasses.replace(results[0], embeddings=broken)
    assert sieve.store(stores, job, target, results) == 2
    first, second = review.pictures(stores, job).pictures
    assert (first.pile, first.reason) == (Pile.UNREADABLE, "the network gave no number for it")
    assert second.outcome is Outcome.SCORED


def test_a_runner_that_died_three_times_over_a_job_gives_it_up(stores: Stores) -> None:
    job, target = taken_up(stores, drawn(4))
    results = scored(stores, job, target)
    sieve.store(stores, job, target, results[:1])
    for attempt in (2, 3):
        sieve.adopt_orphans(stores)
        ((job, _),) = sieve.take_up(stores)
        assert job.attempts == attempt
    sieve.adopt_orphans(stores)
    failed = jobs.get(stores, job.id)
    assert failed.state is JobState.FAILED
    assert "3 attempts" in (failed.error or "")
    counts = review.counts(stores, failed)
    assert (sum(counts.values()), counts[Pile.SKIPPED], failed.done) == (4, 3, 4)


def test_a_runner_that_stops_on_purpose_costs_no_attempt(stores: Stores) -> None:
    queued(stores, drawn(1))
    for _ in range(5):
        ((job, _),) = sieve.take_up(stores)
        assert job.attempts == 1
        sieve.give_back(stores)
        sieve.adopt_orphans(stores)
    assert jobs.get(stores, job.id).state is JobState.QUEUED


def test_a_job_whose_target_is_gone_fails_and_the_next_one_runs(stores: Stores) -> None:
    first, second = queued(stores, drawn(1)), queued(stores, drawn(2))
    with stores.writing() as tables:
        tables.jobs.save(dataclasses.replace(first, target="lost"))
    ((job, _),) = sieve.take_up(stores)
    assert job.id == second.id
    failed = jobs.get(stores, first.id)
    assert (failed.state, failed.done) == (JobState.FAILED, 1)
    assert "no target 'lost'" in (failed.error or "")


def test_a_job_goes_on_with_the_version_that_is_installed_and_mixes_none(stores: Stores) -> None:
    folder = own_target(stores)
    job, target = taken_up(stores, drawn(4))
    sieve.store(stores, job, target, scored(stores, job, target)[:2])
    sieve.give_back(stores)
    write_card(folder, dataclasses.replace(target.card, version=2, title="Redder circle"))
    ((again, _),) = sieve.take_up(stores)
    assert (again.target_version, again.target_title, again.done) == (2, "Redder circle", 0)
    assert not stores.files.embeddings(job.id).exists()
    waiting = sieve.next_shard(stores, again, targets.get(stores, "red_circle"), after=-1)
    assert waiting
    assert waiting.numbers == (0, 1, 2, 3)


def test_a_full_disk_leaves_queued_jobs_in_the_queue(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(stores, drawn(1))

    def full(*_: object) -> None:
        raise StorageFull("no room")

    monkeypatch.setattr(stores.database, "writing", full)
    with pytest.raises(StorageFull):
        sieve.take_up(stores)
    assert jobs.get(stores, job.id).state is JobState.QUEUED


def test_the_share_follows_the_archives_own_scores(stores: Stores) -> None:
    many = {name: data for name, data in drawn(60).items() if "circle" in name}
    few = {name: data for name, data in drawn(60, seed=2).items() if "other" in name}
    shares, notes = [], []
    for members in (many, few):
        job, target = taken_up(stores, members)
        after = -1
        while shard := sieve.next_shard(stores, job, target, after=after):
            sieve.store(stores, job, target, run_shard(shard))
            after = shard.numbers[-1]
        sieve.decide_share(stores, job, target, ended=True)
        sieve.finish(stores, job, note="Copied.")
        ended = jobs.get(stores, job.id)
        shares.append(ended.prevalence)
        notes.append(ended.note or "")
    assert shares[0] > target.card.prevalence > shares[1]
    assert notes[0] == "Copied."
    assert notes[1].startswith("Too few pictures")
    assert notes[1].endswith("Copied.")


def test_what_is_over_is_neither_finished_nor_failed_again(stores: Stores) -> None:
    job, target = taken_up(stores, drawn(1))
    cancelled = jobs.cancel(stores, job)
    sieve.finish(stores, job, note=None)
    sieve.decide_share(stores, job, target, ended=True)
    sieve.fail(stores, job.id, RuntimeError("late"))
    assert jobs.get(stores, job.id) == cancelled
    jobs.delete(stores, job)
    sieve.finish(stores, job, note=None)
    sieve.fail(stores, job.id, RuntimeError("later"))
    sieve.report_rates(stores, {job.id: 1.0})
    assert jobs.recent(stores) == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (FileNotFoundError(2, "No such file", "/x/archive.zip"), "is gone: /x/archive.zip"),
        (PermissionError(13, "Permission denied", "/x"), r"refused: Permission denied \(/x\)"),
        (ZeroDivisionError("oh"), "a bug of the program"),
    ],
)
def test_a_failure_is_told_in_a_sentence(stores: Stores, error: Exception, sentence: str) -> None:
    job, _ = taken_up(stores, drawn(1))
    sieve.fail(stores, job.id, error)
    assert re.search(sentence, jobs.get(stores, job.id).error or "")
