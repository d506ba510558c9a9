"""What every executor does: processes of this machine, and a cluster."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ml.archive.limits import Limits
from ml.errors import ArchiveError
from ml.scoring.piles import Outcome
from ml.sieve.executor import Executor, open_executor
from tests.ml.archive.zips import pack, picture
from tests.ml.sieve.shards import drain, make_shard, results_of

OpenExecutor = Callable[..., Executor]

SLOW = bytes.fromhex("524946461a000000574542505650384c0e0000002f7ffeb70b071011fd0f4444ff03")
"""A lossless WebP of 16,000 by 12,000 black pixels, whose decoding takes seconds."""

pytestmark = pytest.mark.slow


@pytest.fixture(params=["processes", "cluster"])
def open_one(request: pytest.FixtureRequest) -> Iterator[OpenExecutor]:
    """Opens an executor of one kind, two workers wide, with other limits if a test wants them."""
    opened: list[Executor] = []
    address = ""
    if request.param == "cluster":
        address = request.getfixturevalue("shared_cluster").address

    def open_it(**limits: float) -> Executor:
        opened.append(open_executor(2, cluster=address, **limits))  # type: ignore[arg-type]
        return opened[-1]

    yield open_it
    for executor in opened:
        executor.close()


def test_every_shard_comes_back_once_under_its_key(
    open_one: OpenExecutor, red_circle: Path, tmp_path: Path
) -> None:
    members = {f"{n}.png": picture() for n in range(12)} | {"12.png": picture()[:50]}
    archive = pack(tmp_path / "a.zip", members)
    executor = open_one()
    for start in (0, 4, 8):
        executor.submit(start, make_shard(red_circle, archive, *range(start, start + 4)))
    assert (executor.workers, executor.free, executor.busy) == (2, 1, True)
    executor.submit("broken", make_shard(red_circle, archive, 12))
    assert executor.free == 0
    back = drain(executor)
    assert (executor.free, executor.busy) == (4, False)
    assert {finished.key for finished in back} == {0, 4, 8, "broken"}
    results = results_of(back)
    assert {n: r.outcome for n, r in sorted(results.items())} == (
        dict.fromkeys(range(12), Outcome.SCORED) | {12: Outcome.UNREADABLE}
    )
    assert results[0].embeddings is not None
    assert results[0].embeddings.dtype.name == "float16"


def test_nothing_comes_back_of_nothing(open_one: OpenExecutor) -> None:
    executor = open_one()
    assert not executor.busy
    assert executor.free > 0


def test_a_picture_that_hangs_costs_itself(
    open_one: OpenExecutor, red_circle: Path, tmp_path: Path
) -> None:
    members = {"a.png": picture(), "slow.webp": SLOW, "b.png": picture()}
    archive = pack(tmp_path / "a.zip", members)
    executor = open_one(seconds=1)
    shard = make_shard(red_circle, archive, 0, 1, 2)
    executor.submit("job", dataclasses.replace(shard, limits=Limits(pixels=200_000_000)))
    results = results_of(drain(executor))
    assert results[1].outcome is Outcome.UNREADABLE
    assert results[1].reason == "took longer than 1 seconds"
    assert {results[0].outcome, results[2].outcome} == {Outcome.SCORED}


def test_a_picture_that_needs_too_much_memory_costs_itself(
    open_one: OpenExecutor, red_circle: Path, tmp_path: Path
) -> None:
    members = {"a.png": picture(), "huge.png": picture(size=(9000, 9000)), "b.png": picture()}
    archive = pack(tmp_path / "a.zip", members)
    executor = open_one(memory_bytes=250 * 2**20)
    executor.submit("job", make_shard(red_circle, archive, 0, 1, 2))
    results = results_of(drain(executor))
    assert [results[n].outcome for n in range(3)] == [
        Outcome.SCORED,
        Outcome.UNREADABLE,
        Outcome.SCORED,
    ]


def test_an_archive_that_is_gone_for_everybody_is_the_jobs_error(
    open_one: OpenExecutor, red_circle: Path, tmp_path: Path
) -> None:
    executor = open_one()
    executor.submit("job", make_shard(red_circle, tmp_path / "gone.zip", 0))
    (back,) = drain(executor)
    assert isinstance(back.error, ArchiveError)
    assert "no longer there" in str(back.error)
