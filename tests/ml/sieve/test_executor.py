"""A worker that dies or hangs takes one picture with it, and no more."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from ml.archive.limits import Limits
from ml.errors import ArchiveError
from ml.scoring.piles import Outcome
from ml.sieve.executor import Finished, ShardPool
from ml.sieve.shard import Shard, run_shard, shard_size
from ml.targets.catalog import find_target
from tests.ml.archive.zips import pack, picture, png_claiming
from tests.running import until


def shard_of(root: Path, archive: Path, count: int) -> Shard:
    backbone = find_target("red_circle", [root]).backbone_folder
    return Shard(archive, tuple(range(count)), backbone, Limits())


def drain(pool: ShardPool) -> list[Finished]:
    back: list[Finished] = []
    while pool.busy:
        back += pool.finished(timeout=30)
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
    pool = ShardPool(1)
    try:
        pool.submit("warm", shard_of(red_circle, archive, 1))
        assert drain(pool)[0].key == "warm"
        pool.submit("job", shard_of(red_circle, archive, 40))
        for pid in workers():
            os.kill(pid, signal.SIGKILL)
        back = drain(pool)
    finally:
        pool.close()
    results = {r.number: r.outcome for finished in back for r in finished.results}
    assert results == dict.fromkeys(range(40), Outcome.SCORED)
    assert {finished.key for finished in back} == {"job"}


@pytest.mark.slow
def test_workers_killed_while_they_are_idle_are_replaced(red_circle: Path, tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    pool = ShardPool(2)
    try:
        for _ in range(2):
            pool.submit("job", shard_of(red_circle, archive, 1))
            (back,) = drain(pool)
            assert back.results[0].outcome is Outcome.SCORED
            for pid in workers():
                os.kill(pid, signal.SIGKILL)
            assert until(lambda: not pool._pool.active, 10)
    finally:
        pool.close()


@pytest.mark.slow
def test_workers_that_die_again_and_again_are_given_up(red_circle: Path, tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    pool = ShardPool(1)

    def work() -> None:
        pool.submit("job", shard_of(red_circle, archive, 1))
        while pool.busy:
            for pid in workers():
                os.kill(pid, signal.SIGKILL)
            assert pool.finished(timeout=0.01) == []

    try:
        with pytest.raises(RuntimeError, match="die before they do anything"):
            work()
    finally:
        pool.close()


@pytest.mark.slow
def test_a_picture_that_hangs_is_found_and_the_others_are_scored(
    red_circle: Path, tmp_path: Path
) -> None:
    slow = picture(size=(9000, 9000))
    members = {"a.png": picture(), "slow.png": slow, "b.png": picture()}
    archive = pack(tmp_path / "a.zip", members)
    pool = ShardPool(1, seconds=0.25)
    try:
        pool.submit("job", shard_of(red_circle, archive, 3))
        results = {r.number: r for finished in drain(pool) for r in finished.results}
    finally:
        pool.close()
    assert results[1].outcome is Outcome.UNREADABLE
    assert results[1].reason == "took longer than 0.25 seconds"
    assert {results[0].outcome, results[2].outcome} == {Outcome.SCORED}


@pytest.mark.slow
def test_a_picture_that_needs_too_much_memory_is_unreadable(
    red_circle: Path, tmp_path: Path
) -> None:
    members = {"a.png": picture(), "huge.png": picture(size=(9000, 9000)), "b.png": picture()}
    archive = pack(tmp_path / "a.zip", members)
    pool = ShardPool(1, memory_bytes=250 * 2**20)
    try:
        pool.submit("job", shard_of(red_circle, archive, 3))
        results = {r.number: r for finished in drain(pool) for r in finished.results}
    finally:
        pool.close()
    assert [results[n].outcome for n in range(3)] == [
        Outcome.SCORED,
        Outcome.UNREADABLE,
        Outcome.SCORED,
    ]


def test_what_no_picture_is_to_blame_for_comes_back_as_the_jobs_error(
    red_circle: Path, tmp_path: Path
) -> None:
    pool = ShardPool(1)
    try:
        pool.submit("job", shard_of(red_circle, tmp_path / "gone.zip", 3))
        (back,) = drain(pool)
    finally:
        pool.close()
    assert back.results == []
    assert isinstance(back.error, ArchiveError)
    assert "no longer there" in str(back.error)


def test_a_shard_gives_every_member_its_result(red_circle: Path, tmp_path: Path) -> None:
    members = {
        "a.png": picture(size=(640, 480)),
        "broken.png": picture(size=(200, 200))[:-60],
        "bomb.png": png_claiming(60_000, 60_000),
        "b.tiff": picture("TIFF"),
    }
    archive = pack(tmp_path / "a.zip", members)
    (tmp_path / "thumbnails").mkdir()
    shard = shard_of(red_circle, archive, 4)
    results = run_shard(replace(shard, thumbnails=tmp_path / "thumbnails"))
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
    written = sorted(file.name for file in (tmp_path / "thumbnails").iterdir())
    assert written == ["0.jpg", "3.jpg", "3.large.jpg"]


@pytest.mark.parametrize(
    ("pictures", "workers", "size"), [(1, 2, 4), (50, 2, 4), (500, 2, 32), (50_000, 2, 64)]
)
def test_shards_are_small_for_small_archives(pictures: int, workers: int, size: int) -> None:
    assert shard_size(pictures, workers) == size


def test_closing_the_pool_leaves_no_process(red_circle: Path, tmp_path: Path) -> None:
    before = set(workers())
    pool = ShardPool(2)
    pool.submit("job", shard_of(red_circle, pack(tmp_path / "a.zip", {"a.png": picture()}), 1))
    assert len(drain(pool)) == 1
    assert len(set(workers()) - before) == 2
    pool.close()
    assert set(workers()) == before
