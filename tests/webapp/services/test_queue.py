"""What the runner's services promise, called as the runner calls them."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from ml.errors import StorageFull
from ml.scoring.piles import Outcome, Pile, Verdict
from ml.sieve.run import Run
from ml.sieve.shard import PictureResult, score_shard
from ml.targets.catalog import Target
from ml.vision.card import write_card
from ml.vision.regions import count_regions
from tests.webapp.made import drawn, queued, recent_jobs
from webapp.records import Job, JobState
from webapp.services import deletion, jobs, queue, review, scores, targets, verdicts
from webapp.storage import Stores


def claim_one(stores: Stores, members: dict[str, bytes]) -> tuple[Job, Run]:
    queued(stores, members)
    ((job, run),) = queue.claim(stores)
    return job, run


def score(run: Run) -> list[PictureResult]:
    shard = run.make_next_shard(64)
    assert shard
    return score_shard(shard)


def own_target(stores: Stores) -> Path:
    """Make the red circle this test's own, to be changed; returns its folder."""
    folder = stores.files.targets / "red_circle"
    original = folder.resolve()
    folder.unlink()
    return Path(shutil.copytree(original, folder))


def test_a_queued_job_is_claimed_once(stores: Stores) -> None:
    job, _ = claim_one(stores, drawn(2))
    assert (job.state, job.attempts) == (JobState.RUNNING, 1)
    assert job.started
    assert queue.claim(stores) == []


def test_a_job_that_is_cancelled_while_it_is_claimed_stays_cancelled(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(stores, drawn(1))
    get = targets.get

    def meanwhile(stores: Stores, name: str) -> Target:
        jobs.cancel(stores, job.id)
        return get(stores, name)

    monkeypatch.setattr(targets, "get", meanwhile)
    assert queue.claim(stores) == []
    assert jobs.get(stores, job.id).state is JobState.CANCELLED


def test_shards_follow_each_other_through_what_waits(stores: Stores) -> None:
    _, run = claim_one(stores, {"notes.txt": b"x", **drawn(6)})
    first, second = run.make_next_shard(4), run.make_next_shard(4)
    assert first
    assert first.numbers == (1, 2, 3, 4)
    assert second
    assert second.numbers == (5, 6)
    assert run.make_next_shard(4) is None


def test_results_lie_in_rows_and_embeddings_by_number(stores: Stores) -> None:
    job, run = claim_one(stores, {"notes.txt": b"x", **drawn(3), "broken.png": b"x"})
    results = score(run)
    assert run.take(results) == 4
    backbone = targets.get(stores, job.target).backbone
    shape = (-1, count_regions(backbone), backbone.dim)
    stored = np.fromfile(stores.files.embeddings(job.id), "<f2").reshape(shape)
    assert len(stored) == 4  # rows 0 to 3: nothing lies behind the last scored one
    assert not stored[0].any()
    for result in results:
        if result.embeddings is not None:
            np.testing.assert_array_equal(stored[result.number], result.embeddings)
    outcomes = [p.outcome for p in review.list_pictures(stores, job).pictures]
    assert outcomes == [Outcome.SKIPPED, *[Outcome.SCORED] * 3, Outcome.UNREADABLE]
    assert jobs.get(stores, job.id).done == 5


def test_results_for_a_cancelled_job_are_dropped(stores: Stores) -> None:
    job, run = claim_one(stores, drawn(4))
    results = score(run)
    cancelled = jobs.cancel(stores, job.id)
    assert run.take(results) == 0
    assert jobs.get(stores, job.id) == cancelled


def test_three_deaths_without_progress_fail_a_job(stores: Stores) -> None:
    job, _ = claim_one(stores, drawn(4))
    for attempt in (2, 3):
        queue.requeue_orphans(stores)
        ((job, _),) = queue.claim(stores)
        assert job.attempts == attempt
    queue.requeue_orphans(stores)
    failed = jobs.get(stores, job.id)
    assert failed.state is JobState.FAILED
    assert "stopped 3 times" in (failed.error or "")
    counts = review.count_piles(stores, failed)
    assert (sum(counts.values()), counts[Pile.SKIPPED], failed.done) == (4, 4, 4)


def test_progress_makes_earlier_deaths_forgotten(stores: Stores) -> None:
    job, run = claim_one(stores, drawn(6))
    for result in score(run)[:5]:
        run.take([result])
        queue.requeue_orphans(stores)  # the runner died after one picture, each time
        ((job, run),) = queue.claim(stores)
        assert job.attempts == 1
    assert jobs.get(stores, job.id).done == 5


def test_a_runner_that_stops_on_purpose_costs_no_attempt(stores: Stores) -> None:
    queued(stores, drawn(1))
    for _ in range(5):
        ((job, _),) = queue.claim(stores)
        assert job.attempts == 1
        queue.release(stores)
        queue.requeue_orphans(stores)
    assert jobs.get(stores, job.id).state is JobState.QUEUED


def test_a_job_whose_target_is_gone_fails_and_the_next_one_runs(stores: Stores) -> None:
    first, second = queued(stores, drawn(1)), queued(stores, drawn(2))
    with stores.writing() as tables:
        lost = dataclasses.replace(first, target="lost")
        tables.jobs.set_target(first.id, lost.shown_target)
        tables.jobs.save(lost)
    ((job, _),) = queue.claim(stores)
    assert job.id == second.id
    failed = jobs.get(stores, first.id)
    assert (failed.state, failed.done) == (JobState.FAILED, 1)
    assert "no character 'lost'" in (failed.error or "")


def test_a_job_goes_on_with_the_installed_version_and_mixes_none(stores: Stores) -> None:
    folder = own_target(stores)
    card = targets.get(stores, "red_circle").card
    job, run = claim_one(stores, drawn(4))
    run.take(score(run)[:2])
    before = [p.evidence for p in review.list_pictures(stores, job).pictures]
    queue.release(stores)
    calibration = dataclasses.replace(card.calibration, intercept=card.calibration.intercept + 1)
    newer = dataclasses.replace(card, version=2, title="Redder circle", calibration=calibration)
    write_card(folder, newer)
    ((again, run),) = queue.claim(stores)
    assert (again.target_version, again.target_title, again.done) == (2, "Redder circle", 2)
    after = [p.evidence for p in review.list_pictures(stores, again).pictures]
    assert [value is None for value in after] == [False, False, True, True]
    assert after[:2] == pytest.approx([(value or 0) + 1 for value in before[:2]], abs=1e-4)
    shard = run.make_next_shard(64)
    assert shard
    assert shard.numbers == (2, 3)


def test_a_crash_while_a_newer_version_rescores_mixes_no_scores(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own_target(stores)
    card = targets.get(stores, "red_circle").card
    job, run = claim_one(stores, drawn(4))
    run.take(score(run)[:2])
    queue.release(stores)
    write_card(folder, dataclasses.replace(card, version=2))

    def die(_: Run) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Run, "rescore", die)
        with pytest.raises(KeyboardInterrupt):
            queue.claim(stores)
    left = jobs.get(stores, job.id)
    assert (left.state, left.target_version) == (JobState.QUEUED, 1)


def test_a_full_disk_leaves_queued_jobs_in_the_queue(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(stores, drawn(1))

    def full(*_: object) -> None:
        raise StorageFull("no room")

    monkeypatch.setattr(stores.database, "writing", full)
    with pytest.raises(StorageFull):
        queue.claim(stores)
    assert jobs.get(stores, job.id).state is JobState.QUEUED


def test_the_prevalence_follows_the_archives_own_scores(stores: Stores) -> None:
    many = {name: data for name, data in drawn(60).items() if "circle" in name}
    few = {name: data for name, data in drawn(60, seed=2).items() if "other" in name}
    ended = []
    for members in (many, few):
        job, run = claim_one(stores, members)
        run.take(score(run))
        run.finish()
        queue.finish(stores, job.id)
        ended.append(jobs.get(stores, job.id))
    usual = targets.get(stores, "red_circle").card.prevalence
    assert ended[0].prevalence > usual > ended[1].prevalence
    assert [job.is_prevalence_known for job in ended] == [True, False]


def test_the_same_archive_again_has_the_same_probabilities_after_answers(stores: Stores) -> None:
    ended = []
    for _ in range(2):
        job, run = claim_one(stores, drawn(60))
        run.take(score(run))
        run.finish()
        queue.finish(stores, job.id)
        ended.append(read_probabilities(stores, job))
        verdicts.set_verdicts(stores, job.id, range(40), Verdict.IS)
    assert ended[0] == ended[1]
    scores.rescore(stores, jobs.get(stores, job.id), targets.get(stores, "red_circle"))
    assert read_probabilities(stores, job) == ended[0]


def read_probabilities(stores: Stores, job: Job) -> list[float | None]:
    pictures = review.list_pictures(stores, jobs.get(stores, job.id)).pictures
    return [picture.probability for picture in pictures]


def test_a_finished_job_ignores_late_results(stores: Stores) -> None:
    job, run = claim_one(stores, drawn(1))
    cancelled = jobs.cancel(stores, job.id)
    queue.finish(stores, job.id)
    run.finish()
    queue.fail(stores, job.id, RuntimeError("late"))
    assert jobs.get(stores, job.id) == cancelled
    deletion.delete(stores, job.id)
    queue.finish(stores, job.id)
    queue.fail(stores, job.id, RuntimeError("later"))
    queue.report_rates(stores, {job.id: 1.0})
    assert recent_jobs(stores) == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            FileNotFoundError(2, "No such file", "/x/archive.zip"),
            "A file that this job needs is gone",
        ),
        (
            PermissionError(13, "Permission denied", "/x"),
            "A file cannot be read or written: Permission denied",
        ),
        (ZeroDivisionError("oh"), r"went wrong in MonaSieve \(ZeroDivisionError"),
    ],
)
def test_a_failure_is_told_in_a_sentence(stores: Stores, error: Exception, sentence: str) -> None:
    job, _ = claim_one(stores, drawn(1))
    queue.fail(stores, job.id, error)
    assert re.search(sentence, jobs.get(stores, job.id).error or "")
