"""A worker that dies or hangs takes one picture with it, and no more."""

import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest

from ml.archive.limits import Limits
from ml.errors import WorkersSilent
from ml.scoring.piles import Outcome
from ml.sieve import executor as executor_module
from ml.sieve.executor import Finished, LocalExecutor
from ml.sieve.shard import PictureResult, Shard, choose_shard_size, score_shard
from ml.targets.catalog import find_target
from tests.ml.archive.zips import pack, picture, png_claiming
from tests.running import until


def shard_of(root: Path, archive: Path, count: int) -> Shard:
    backbone = find_target("red_circle", [root]).backbone_folder
    return Shard(archive, tuple(range(count)), backbone, Limits())


def drain(executor: LocalExecutor, timeout: float = 30) -> list[Finished]:
    back: list[Finished] = []
    while executor.busy:
        back += executor.finished(timeout)
    return back


def workers() -> list[int]:
    """Processes that this one started, the resource tracker left out."""
    tasks = Path("/proc/self/task").iterdir()
    children = {pid for task in tasks for pid in read(task / "children").split()}
    return [int(pid) for pid in children if "spawn_main" in read(Path(f"/proc/{pid}/cmdline"))]


def read(file: Path) -> str:
    """What /proc says; nothing when that process or thread is gone by now."""
    try:
        return file.read_text()
    except OSError:
        return ""


@pytest.mark.slow
def test_a_killed_worker_costs_no_picture(red_circle: Path, tmp_path: Path) -> None:
    members = {f"{n}.png": picture(size=(900, 900)) for n in range(40)}
    archive = pack(tmp_path / "a.zip", members)
    others, executor = set(workers()), LocalExecutor(1)
    try:
        executor.submit("warm", shard_of(red_circle, archive, 1))
        assert drain(executor)[0].key == "warm"
        executor.submit("job", shard_of(red_circle, archive, 40))
        assert until(lambda: all(future.running() for future in executor._in_flight), 30)
        for pid in set(workers()) - others:
            os.kill(pid, signal.SIGKILL)
        back = drain(executor)
    finally:
        executor.close()
    results = {r.number: r.outcome for finished in back for r in finished.results}
    assert results == dict.fromkeys(range(40), Outcome.SCORED)
    assert {finished.key for finished in back} == {"job"}


def die_twice(shard: Shard) -> list[PictureResult]:
    """Kill the worker for the first two shards that hold picture 0; score nothing."""
    deaths = shard.archive.with_suffix(".deaths")
    count = len(deaths.read_bytes()) if deaths.exists() else 0
    if 0 in shard.numbers and count < 2:
        deaths.write_bytes(bytes(count + 1))
        os.kill(os.getpid(), signal.SIGKILL)
    return [PictureResult(number, Outcome.SCORED) for number in shard.numbers]


@pytest.mark.slow
def test_a_picture_whose_worker_died_alone_is_tried_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor_module, "score_shard", die_twice)
    executor = LocalExecutor(1)
    try:
        executor.submit("job", Shard(tmp_path / "a.zip", (0, 1), tmp_path, Limits()))
        back = drain(executor)
    finally:
        executor.close()
    results = {r.number: r.outcome for finished in back for r in finished.results}
    assert results == dict.fromkeys((0, 1), Outcome.SCORED)
    assert len((tmp_path / "a.deaths").read_bytes()) == 2


def die_with_the_lock(shard: Shard) -> list[PictureResult]:
    """For the first shard, kill the worker while nobody else can use the pipe to the workers."""
    death = shard.archive.with_suffix(".death")
    if not death.exists():
        death.touch()
        frame: FrameType | None = sys._getframe()
        while frame and "channel" not in frame.f_locals:  # as pebble calls it
            frame = frame.f_back
        assert frame
        assert frame.f_locals["channel"].mutex.acquire()
        os.kill(os.getpid(), signal.SIGKILL)
    return [PictureResult(number, Outcome.SCORED) for number in shard.numbers]


@pytest.mark.slow
def test_a_worker_killed_while_it_uses_the_pipe_costs_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor_module, "score_shard", die_with_the_lock)
    executor = LocalExecutor(1, seconds=5)  # of itself, pebble would need longer than is waited
    try:
        for number in range(3):
            executor.submit("job", Shard(tmp_path / "a.zip", (number,), tmp_path, Limits()))
        back = drain(executor, timeout=0.1)
    finally:
        executor.close()
    assert (tmp_path / "a.death").exists()
    results = {r.number: r.outcome for finished in back for r in finished.results}
    assert results == dict.fromkeys(range(3), Outcome.SCORED)


@pytest.mark.slow
def test_workers_killed_while_they_are_idle_are_replaced(red_circle: Path, tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    others, executor = set(workers()), LocalExecutor(2)
    try:
        for _ in range(2):
            executor.submit("job", shard_of(red_circle, archive, 1))
            (back,) = drain(executor)
            assert back.results[0].outcome is Outcome.SCORED
            for pid in set(workers()) - others:
                os.kill(pid, signal.SIGKILL)
            assert until(lambda: not executor._pool.active)
    finally:
        executor.close()


@pytest.mark.slow
def test_workers_that_are_all_suspended_are_replaced(red_circle: Path, tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    executor = LocalExecutor(1, seconds=2, start_seconds=1)
    others = set(workers())
    try:
        executor.submit("warm", shard_of(red_circle, archive, 1))
        while executor.busy:  # a slow machine may need more than one start
            with suppress(WorkersSilent):
                executor.finished(timeout=30)
        assert until(lambda: not executor._is_locked_by_the_dead(), 30)
        suspended = set(workers()) - others
        for pid in suspended:
            os.kill(pid, signal.SIGSTOP)
        executor.submit("job", shard_of(red_circle, archive, 1))
        with pytest.raises(WorkersSilent, match="did not answer"):
            wait_for_silence(executor)
        assert not suspended & set(workers())
        assert (executor.busy, executor.free) == (False, 2)
    finally:
        executor.close()


def wait_for_silence(executor: LocalExecutor) -> None:
    while executor.busy:
        assert executor.finished(timeout=0.1) == []


def die(*_: object) -> None:
    """End a worker before its first shard."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_workers_that_die_again_and_again_are_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor_module, "limit_process", die)
    executor = LocalExecutor(1)
    try:
        executor.submit("job", Shard(tmp_path / "a.zip", (0,), tmp_path, Limits()))
        with pytest.raises(RuntimeError, match="die before they score anything"):
            drain(executor)
    finally:
        executor.close()


def test_a_shard_gives_every_member_its_result(red_circle: Path, tmp_path: Path) -> None:
    members = {
        "a.png": picture(size=(640, 480)),
        "broken.png": picture(size=(200, 200))[:-60],
        "bomb.png": png_claiming(60_000, 60_000),
        "b.tiff": picture("TIFF"),
    }
    archive = pack(tmp_path / "a.zip", members)
    shard = shard_of(red_circle, archive, 4)
    results = score_shard(replace(shard, thumbnails=True))
    assert [r.outcome for r in results] == [
        *(Outcome.SCORED, Outcome.UNREADABLE, Outcome.SKIPPED, Outcome.SCORED)
    ]
    assert (results[0].width, results[0].height) == (640, 480)
    assert results[0].embeddings is not None
    assert results[0].embeddings.dtype.name == "float16"
    assert results[1].reason is not None
    assert results[1].reason.startswith("damaged picture")
    assert results[2].reason is not None
    assert "the limit is" in results[2].reason
    assert [r.thumbnail is not None for r in results] == [True, False, False, True]
    assert [r.large is not None for r in results] == [False, False, False, True]


@pytest.mark.parametrize(
    ("pictures", "workers", "size"), [(1, 2, 4), (50, 2, 4), (100, 2, 7), (50_000, 2, 8)]
)
def test_shards_are_small_for_small_archives(pictures: int, workers: int, size: int) -> None:
    assert choose_shard_size(pictures, workers) == size


def test_closing_the_pool_leaves_no_process(red_circle: Path, tmp_path: Path) -> None:
    before = set(workers())
    executor = LocalExecutor(2)
    executor.submit("job", shard_of(red_circle, pack(tmp_path / "a.zip", {"a.png": picture()}), 1))
    assert len(drain(executor)) == 1
    assert len(set(workers()) - before) == 2
    executor.close()
    assert set(workers()) == before
