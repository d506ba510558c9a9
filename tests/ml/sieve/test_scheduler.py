"""Runs take turns, and what goes wrong in one ends that one alone."""

from pathlib import Path

import numpy as np
import pytest

from ml.archive.limits import Limits
from ml.scoring.piles import Outcome
from ml.sieve.executor import Finished
from ml.sieve.results import MemoryResults
from ml.sieve.run import Run
from ml.sieve.scheduler import Ended, Event, Failed, Progressed, Scheduler
from ml.sieve.shard import PictureResult, Shard
from ml.targets.catalog import Target, find_target
from ml.vision.regions import count_regions
from tests.ml.sieve.inline import InlineExecutor


@pytest.fixture
def target(red_circle: Path) -> Target:
    return find_target("red_circle", [red_circle])


def make_run(target: Target, pictures: int, name: str = "a.zip") -> tuple[Run, MemoryResults]:
    results = MemoryResults(range(pictures), target.backbone)
    run = Run(Path(name), target, results, limits=Limits(), pictures=pictures)
    return run, results


def pretend(target: Target, shard: Shard) -> list[PictureResult]:
    """Results as a worker would give them."""
    shape = (count_regions(target.backbone), target.backbone.dim)
    zeros = np.zeros(shape, np.float16)
    return [PictureResult(n, Outcome.SCORED, 0.1, embeddings=zeros) for n in shard.numbers]


def work_off(scheduler: Scheduler) -> list[Event]:
    events: list[Event] = []
    while not scheduler.is_idle:
        events += scheduler.step(timeout=0)
    return events


def test_a_run_is_worked_off_shard_by_shard(target: Target) -> None:
    executor = InlineExecutor(lambda shard: pretend(target, shard))
    scheduler = Scheduler(executor)
    run, results = make_run(target, 100)
    scheduler.add(run)
    events = work_off(scheduler)
    assert sum(e.new for e in events if isinstance(e, Progressed)) == 100
    assert isinstance(events[-1], Ended)
    assert results.prevalence == events[-1].prevalence
    numbers = [n for _, shard in executor.submitted for n in shard.numbers]
    assert numbers == list(range(100))


def test_a_small_run_passes_a_large_one(target: Target) -> None:
    executor = InlineExecutor(lambda shard: pretend(target, shard))
    scheduler = Scheduler(executor)
    large, _ = make_run(target, 5000, "large.zip")
    small, results = make_run(target, 50, "small.zip")
    scheduler.add(large)
    for _ in range(5):
        scheduler.step(timeout=0)
    before = len(executor.submitted)
    scheduler.add(small)
    ended = False
    while not ended:
        ended = any(isinstance(e, Ended) for e in scheduler.step(timeout=0))
    assert len(results.results) == 50
    names = [shard.archive.name for _, shard in executor.submitted[before:]]
    last = len(names) - names[::-1].index("small.zip")
    of_small = names[:last].count("small.zip")
    assert of_small / last == pytest.approx(4 / 5, abs=0.1)


def test_new_small_runs_again_and_again_do_not_stop_a_large_one(target: Target) -> None:
    executor = InlineExecutor(lambda shard: pretend(target, shard))
    scheduler = Scheduler(executor)
    large, results = make_run(target, 300, "large.zip")
    scheduler.add(large)
    ended: set[Run] = set()
    number = 0
    while large not in ended and number < 50:
        number += 1
        small, _ = make_run(target, 50, f"{number}.zip")
        scheduler.add(small)
        while small not in ended:
            ended |= {e.run for e in scheduler.step(timeout=0) if isinstance(e, Ended)}
    assert len(results.results) == 300


def test_a_failing_run_fails_alone(target: Target) -> None:
    def score(shard: Shard) -> list[PictureResult]:
        if shard.archive.name == "bad.zip":
            raise RuntimeError("broken")
        return pretend(target, shard)

    scheduler = Scheduler(InlineExecutor(score))
    bad, _ = make_run(target, 10, "bad.zip")
    good, results = make_run(target, 10, "good.zip")
    scheduler.add(bad)
    scheduler.add(good)
    events = work_off(scheduler)
    (failed,) = [e for e in events if isinstance(e, Failed)]
    assert failed.run is bad
    assert str(failed.error) == "broken"
    assert len(results.results) == 10


def test_results_of_a_run_that_left_are_dropped(target: Target) -> None:
    scheduler = Scheduler(InlineExecutor(lambda shard: pretend(target, shard)))
    run, results = make_run(target, 10)
    scheduler.add(run)
    scheduler._fill([])
    scheduler.remove(run)
    assert work_off(scheduler) == []
    assert results.results == {}


def test_pictures_that_came_back_unstored_are_handed_out_again(target: Target) -> None:
    forgotten: list[int] = []

    def forget_once(shard: Shard) -> list[PictureResult]:
        results = pretend(target, shard)
        if forgotten:
            return results
        forgotten.extend(shard.numbers)
        return [PictureResult(-1 - n, Outcome.SKIPPED) for n in shard.numbers]  # of no member

    scheduler = Scheduler(InlineExecutor(forget_once))
    run, results = make_run(target, 12)
    scheduler.add(run)
    events = work_off(scheduler)
    assert isinstance(events[-1], Ended)
    assert set(range(12)) <= set(results.results)


def test_pictures_that_never_come_back_fail_their_run(target: Target) -> None:
    class Deaf(MemoryResults):
        def add(self, results: object) -> int:
            return 0

    results = Deaf(range(4), target.backbone)
    run = Run(Path("a.zip"), target, results, limits=Limits(), pictures=4)
    scheduler = Scheduler(InlineExecutor(lambda shard: pretend(target, shard)))
    scheduler.add(run)
    (failed,) = [e for e in work_off(scheduler) if isinstance(e, Failed)]
    assert "no result came back" in str(failed.error)


def test_lost_workers_fail_every_run(target: Target) -> None:
    class Lost(InlineExecutor):
        def finished(self, timeout: float) -> list[Finished]:
            self.close()
            raise RuntimeError("no workers")

    scheduler = Scheduler(Lost())
    runs = [make_run(target, 4)[0] for _ in range(2)]
    for run in runs:
        scheduler.add(run)
    failed = [e for e in work_off(scheduler) if isinstance(e, Failed)]
    assert {e.run for e in failed} == set(runs)


def test_a_run_that_is_put_first_is_served_before_the_others(target: Target) -> None:
    executor = InlineExecutor(lambda shard: pretend(target, shard))
    scheduler = Scheduler(executor)
    runs = {name: make_run(target, 40, name)[0] for name in ("a.zip", "b.zip", "c.zip")}
    for run in runs.values():
        scheduler.add(run)
    left, _ = make_run(target, 1, "left.zip")
    scheduler.put_first([left, runs["b.zip"]])
    work_off(scheduler)
    order = [shard.archive.name for _, shard in executor.submitted]
    shards = order.count("b.zip")
    assert order[:shards] == ["b.zip"] * shards
    assert {order[shards], order[shards + 1]} == {"a.zip", "c.zip"}  # these still take turns
