"""The runner as a process of its own: started, stopped, killed."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ml.sieve.cores import count_cores
from tests.webapp.made import held_at, many, queued
from webapp.config import Settings
from webapp.errors import LaneTaken
from webapp.records import JobState
from webapp.services import jobs, review
from webapp.storage import Stores
from webapp.storage.lane import hold_lane

ROOT = Path(__file__).parents[3]
Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def start(stores: Stores) -> Iterator[Start]:
    """Starts runners on the test's data folder; none outlives the test."""
    started: list[subprocess.Popen[str]] = []
    data = {"MONASIEVE_DATA": str(stores.settings.data_dir), "MONASIEVE_WORKERS": "1"}

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "webapp.runner"]
        started.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **data},
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for runner in started:
        runner.kill()
        runner.communicate()


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something to become true."""
    tick, end = threading.Event(), time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        tick.wait(0.02)


def children(pid: int) -> list[int]:
    """Processes that this one started, and theirs."""
    of: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        of.setdefault(parent, []).append(int(stat.parent.name))
    found = list(of.get(pid, []))
    for child in found:
        found += of.get(child, [])
    return found


def alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
def test_a_killed_runner_loses_nothing_and_nothing_stored_is_scored_again(
    stores: Stores, start: Start
) -> None:
    job = queued(stores, many(80))  # in shards of eight
    with held_at(stores, job, 45):
        first = start()
        until(lambda: jobs.get(stores, job.id).done >= 40)
        workers = children(first.pid)
        assert workers
        first.kill()
        first.wait()
    until(lambda: not any(map(alive, workers)))
    orphan = jobs.get(stores, job.id)
    assert orphan.state is JobState.RUNNING
    stored = [p for p in review.list_pictures(stores, job, limit=500).pictures if p.sha256]
    made = {p.number: thumbnail_time(stores, job.id, p.number) for p in stored}
    assert len(made) == 40

    start()
    until(lambda: jobs.get(stores, job.id).state.is_over)
    ended = jobs.get(stores, job.id)
    assert (ended.state, ended.done) == (JobState.SUCCEEDED, 80)
    for number, moment in made.items():
        assert thumbnail_time(stores, job.id, number) == moment
    assert review.list_pictures(stores, ended, limit=len(stored)).pictures[0].seconds == (
        stored[0].seconds
    )


def thumbnail_time(stores: Stores, job_id: str, number: int) -> int:
    return stores.files.thumbnail(job_id, number).stat().st_mtime_ns


@pytest.mark.slow
@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT])
def test_a_runner_stops_when_asked_and_gives_its_job_back(
    stores: Stores, start: Start, wish: signal.Signals
) -> None:
    job = queued(stores, many(80))
    with held_at(stores, job, 45) as let_go:
        runner = start()
        until(lambda: jobs.get(stores, job.id).done >= 40)
        workers = children(runner.pid)
        runner.send_signal(wish)
        let_go()
        assert runner.wait(60) == 0
    until(lambda: not any(map(alive, workers)))
    back = jobs.get(stores, job.id)
    assert (back.state, back.attempts) == (JobState.QUEUED, 0)
    assert back.done < 80


@pytest.mark.slow
def test_of_runners_that_start_at_the_same_moment_one_works(stores: Stores, start: Start) -> None:
    lock = stores.files.lock("sieve")
    both = [start(), start()]
    until(lambda: any(runner.poll() is not None for runner in both))
    loser, winner = sorted(both, key=lambda runner: runner.poll() is None)
    assert loser.returncode == 2
    assert "Another runner (process" in loser.communicate(timeout=60)[1]
    until(lambda: lock.read_text().strip() == str(winner.pid))
    third = start()
    _, said = third.communicate(timeout=60)
    assert third.returncode == 2
    assert f"process {winner.pid}" in said
    assert "Traceback" not in said
    assert alive(winner.pid)


@pytest.mark.slow
def test_a_runner_without_a_schema_says_how_to_make_one(tmp_path: Path) -> None:
    env = {**os.environ, "MONASIEVE_DATA": str(tmp_path / "new")}
    command = [sys.executable, "-m", "webapp.runner"]
    answer = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 2
    assert "python -m webapp.storage.migrate" in answer.stderr


def test_the_lane_is_free_again_after_its_holder(tmp_path: Path) -> None:
    lock = tmp_path / "sieve.lock"
    with hold_lane(lock):
        assert lock.read_text() == f"{os.getpid()}\n"
        with pytest.raises(LaneTaken, match=f"process {os.getpid()}"), hold_lane(lock):
            pass
    with hold_lane(lock), lock.open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


LIGHT = """
import sys
import webapp.services.uploads, webapp.services.jobs, webapp.services.review
import webapp.services.downloads, webapp.services.preferences, webapp.services.targets
import webapp.services.queue, webapp.services.retention, webapp.services.copies
heavy = {"tensorflow", "keras", "ai_edge_litert"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.slow
def test_the_services_load_neither_tensorflow_nor_litert() -> None:
    subprocess.run([sys.executable, "-c", LIGHT], cwd=ROOT, check=True, timeout=60)


def test_workers_default_to_the_cores_this_process_may_use() -> None:
    assert Settings().workers == count_cores()
