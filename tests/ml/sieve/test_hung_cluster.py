"""A cluster that hangs keeps its connections, and is not waited for without end."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import ml.sieve.cluster as cluster_module
from ml.errors import ClusterUnavailable
from ml.scoring.piles import Outcome
from ml.sieve.cluster import ClusterExecutor
from ml.sieve.executor import Finished
from tests.ml.archive.zips import pack, picture
from tests.ml.sieve.clusters import Cluster, resume, suspend
from tests.ml.sieve.shards import drain, make_shard, results_of


@pytest.mark.slow
def test_a_scheduler_that_hangs_is_said_and_its_return_is_noticed(
    cluster: Cluster, red_circle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    cluster.add_worker("--no-nanny")
    executor = ClusterExecutor(cluster.address)

    def score() -> list[Finished]:
        executor.submit("job", make_shard(red_circle, archive, 0))
        return drain(executor)

    try:
        assert results_of(score())[0].outcome is Outcome.SCORED
        suspend(cluster.scheduler)
        monkeypatch.setattr(cluster_module, "ANSWER_SECONDS", 1.0)
        for _ in range(2):  # while it is connected, and while it connects
            with pytest.raises(ClusterUnavailable, match="cannot be reached; the work continues"):
                score()
        resume(cluster.scheduler)
        monkeypatch.undo()
        assert results_of(score())[0].outcome is Outcome.SCORED
    finally:
        executor.close()


@pytest.mark.slow
def test_a_caller_may_run_an_event_loop(
    shared_cluster: Cluster, red_circle: Path, tmp_path: Path
) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})

    async def score() -> list[Finished]:
        executor = ClusterExecutor(shared_cluster.address)
        try:
            executor.submit("job", make_shard(red_circle, archive, 0))
            return drain(executor)
        finally:
            executor.close()

    with ThreadPoolExecutor(1) as thread:  # a test's own thread may run a loop already
        done = thread.submit(asyncio.run, score()).result()
    assert results_of(done)[0].outcome is Outcome.SCORED
