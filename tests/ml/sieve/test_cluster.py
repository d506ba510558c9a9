"""Shards on a real Dask cluster: nothing is lost, and what does not fit is said."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.archive.limits import Limits
from ml.errors import ClusterUnavailable, MonaError
from ml.scoring.piles import Outcome
from ml.sieve import cluster as cluster_module
from ml.sieve.cluster import ClusterExecutor, check_cluster
from ml.sieve.executor import Finished
from ml.sieve.shard import Shard
from ml.targets.catalog import find_target
from tests.ml.archive.zips import pack, picture
from tests.ml.sieve.clusters import Cluster, kill, suspend
from tests.ml.sieve.shards import drain, make_shard, results_of
from tests.running import ROOT, free_port, until


@pytest.fixture
def executor(shared_cluster: Cluster) -> Iterator[ClusterExecutor]:
    own = ClusterExecutor(shared_cluster.address)
    yield own
    own.close()


@pytest.mark.slow
def test_a_picture_whose_process_is_killed_leaves_the_workers_alive(
    shared_cluster: Cluster, red_circle: Path, tmp_path: Path
) -> None:
    archive = pack(tmp_path / "a.zip", {"slow.png": picture(size=(9000, 9000))})
    executor = ClusterExecutor(shared_cluster.address, seconds=0.25)
    try:
        executor.submit("job", make_shard(red_circle, archive, 0))
        before = set(executor._client.scheduler_info()["workers"])
        assert results_of(drain(executor))[0].reason == "took longer than 0.25 seconds"
        assert set(executor._client.scheduler_info()["workers"]) == before
    finally:
        executor.close()


@pytest.mark.slow
def test_a_relative_archive_is_found_by_the_workers(
    executor: ClusterExecutor, red_circle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(tmp_path / "a.zip", {"a.png": picture()})
    monkeypatch.chdir(tmp_path)
    executor.submit("job", make_shard(red_circle, Path("a.zip"), 0))
    assert results_of(drain(executor))[0].outcome is Outcome.SCORED


@pytest.mark.slow
def test_the_shipped_backbone_is_that_of_the_workers_own_program(
    executor: ClusterExecutor, tmp_path: Path
) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    order = executor._make_order(
        Shard(archive, (0,), find_target("mona").backbone_folder, Limits())
    )
    assert order.shipped_backbone == "mona_lite"
    executor.submit("job", order.shard)
    assert results_of(drain(executor))[0].outcome is Outcome.SCORED


@pytest.mark.slow
def test_an_archive_that_a_worker_does_not_see_is_said_and_passes(
    executor: ClusterExecutor,
    shared_cluster: Cluster,
    red_circle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive = pack(tmp_path / "here.zip", {"a.png": picture()})
    monkeypatch.chdir(tmp_path)
    shard = make_shard(red_circle, Path("/proc/self/cwd/here.zip"), 0)  # each process has its own
    executor.submit("job", shard)
    (back,) = drain(executor)
    assert isinstance(back.error, ClusterUnavailable)
    assert "does not see the archive. Make its folder visible" in str(back.error)
    copy = shutil.copy(archive, shared_cluster.folder)
    executor.submit("job", shard)
    assert results_of(drain(executor))[0].outcome is Outcome.SCORED
    Path(copy).write_bytes(b"another archive")
    executor.submit("job", shard)
    (back,) = drain(executor)
    assert isinstance(back.error, ClusterUnavailable)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing_and_repeats_no_row(
    cluster: Cluster, red_circle: Path, tmp_path: Path
) -> None:
    members = {f"{n}.png": picture(size=(1200, 1200)) for n in range(60)}
    archive = pack(tmp_path / "a.zip", members)
    cluster.add_worker("--no-nanny")
    victim = cluster.add_worker("--no-nanny")
    executor = ClusterExecutor(cluster.address)
    try:
        waiting = [make_shard(red_circle, archive, *range(n, n + 5)) for n in range(0, 60, 5)]
        back: list[Finished] = []
        executor.submit("job", waiting.pop())
        while executor.busy or waiting:
            while executor.free and waiting:
                executor.submit("job", waiting.pop())
            back += executor.finished(timeout=1.0)
            if len(back) >= 3 and victim.poll() is None:
                assert waiting
                kill(victim)
        results = results_of(back)
    finally:
        executor.close()
    assert sorted(results) == list(range(60))
    assert {result.outcome for result in results.values()} == {Outcome.SCORED}


@pytest.mark.slow
def test_without_workers_the_sentence_says_how_to_start_one_and_then_it_goes_on(
    cluster: Cluster, red_circle: Path, tmp_path: Path
) -> None:
    shard = make_shard(red_circle, pack(tmp_path / "a.zip", {"a.png": picture()}), 0)
    assert until(lambda: b"Scheduler at" in cluster.read_logs().encode())
    executor = ClusterExecutor(cluster.address)
    try:
        with pytest.raises(ClusterUnavailable, match=f"has no workers.*worker {cluster.address}"):
            executor.submit("job", shard)
        assert not executor.busy
        assert executor.free
        cluster.add_worker("--no-nanny")
        executor.submit("job", shard)
        assert results_of(drain(executor))[0].outcome is Outcome.SCORED
    finally:
        executor.close()


@pytest.mark.slow
def test_workers_that_stay_away_are_said(
    cluster: Cluster, red_circle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "ABSENCE_SECONDS", 1.0)
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    worker = cluster.add_worker("--no-nanny")
    executor = ClusterExecutor(cluster.address)
    try:
        suspend(worker)
        executor.submit("job", make_shard(red_circle, archive, 0))
        kill(worker)
        with pytest.raises(ClusterUnavailable, match="has no workers"):
            drain(executor)
        assert not executor.busy
    finally:
        executor.close()


@pytest.mark.slow
def test_a_scheduler_that_goes_is_said_and_its_return_is_noticed(
    cluster: Cluster, red_circle: Path, tmp_path: Path
) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    worker = cluster.add_worker("--no-nanny")
    executor = ClusterExecutor(cluster.address)
    shard = make_shard(red_circle, archive, 0)
    try:
        suspend(worker)
        executor.submit("job", shard)
        kill(cluster.scheduler)
        with pytest.raises(ClusterUnavailable, match="was lost; the work continues"):
            drain(executor)
        with pytest.raises(ClusterUnavailable, match="cannot be reached; the work continues"):
            executor.submit("job", shard)
        kill(worker)
        cluster.start_scheduler()
        cluster.add_worker("--no-nanny")
        executor.submit("job", shard)
        assert results_of(drain(executor))[0].outcome is Outcome.SCORED
    finally:
        executor.close()


@pytest.mark.slow
def test_another_version_on_a_worker_is_said_by_name(
    cluster: Cluster, red_circle: Path, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "ml", tmp_path / "other" / "ml", ignore=shutil.ignore_patterns("*.npz"))
    init = tmp_path / "other" / "ml" / "__init__.py"
    init.write_text(init.read_text() + '\n__version__ = "0.0.1"\n')
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    cluster.add_worker("--no-nanny", PYTHONPATH=str(tmp_path / "other"))
    executor = ClusterExecutor(cluster.address)
    try:
        executor.submit("job", make_shard(red_circle, archive, 0))
        (back,) = drain(executor)
    finally:
        executor.close()
    assert isinstance(back.error, ClusterUnavailable)
    assert "tcp://127.0.0.1:" in str(back.error)
    assert "runs another MonaSieve (0.0.1, code " in str(back.error)


@pytest.mark.slow
def test_a_worker_without_this_program_is_said_by_name(
    cluster: Cluster, red_circle: Path, tmp_path: Path
) -> None:
    (tmp_path / "other" / "ml").mkdir(parents=True)
    (tmp_path / "other" / "ml" / "__init__.py").write_text("")  # hides the installed one
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    cluster.add_worker("--no-nanny", PYTHONPATH=str(tmp_path / "other"))
    executor = ClusterExecutor(cluster.address)
    try:
        executor.submit("job", make_shard(red_circle, archive, 0))
        (back,) = drain(executor)
    finally:
        executor.close()
    assert isinstance(back.error, ClusterUnavailable)
    assert "cannot run MonaSieve (No module named 'ml.sieve')" in str(back.error)


@pytest.mark.slow
@pytest.mark.parametrize("pictures", [1, 3])
def test_a_shard_that_kills_its_workers_is_split_and_a_single_picture_blamed(
    pictures: int, red_circle: Path, tmp_path: Path
) -> None:
    archive = pack(tmp_path / "a.zip", {f"{n}.png": picture() for n in range(pictures)})
    (tmp_path / "cluster").mkdir()
    cluster = Cluster(
        tmp_path / "cluster",
        DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0",
        DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING="False",
    )
    executor = ClusterExecutor(cluster.address)
    try:
        worker = cluster.add_worker("--no-nanny")
        suspend(worker)
        executor.submit("job", make_shard(red_circle, archive, *range(pictures)))
        assert until(lambda: executor._client.processing() != {})
        cluster.add_worker("--no-nanny")
        kill(worker)
        results = results_of(drain(executor))
    finally:
        executor.close()
        cluster.close()
    outcomes = {result.outcome for result in results.values()}
    assert sorted(results) == list(range(pictures))
    assert outcomes == {Outcome.UNREADABLE if pictures == 1 else Outcome.SCORED}


@pytest.mark.parametrize("address", ["", "scheduler", "scheduler:8786", "http://a:1", "tcp://a"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(MonaError, match=r"such as tcp://192\.168\.1\.5:8786; received"):
        check_cluster(address)


def test_a_cluster_without_dask_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MonaError, match=r"pip install 'monasieve\[cluster\]'"):
        ClusterExecutor("tcp://127.0.0.1:8786")


def test_a_cluster_that_never_was_there_can_be_waited_for(
    red_circle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 0.5)
    executor = ClusterExecutor(f"tcp://127.0.0.1:{free_port()}")
    assert executor.free
    assert not executor.busy
    with pytest.raises(ClusterUnavailable, match="cannot be reached"):
        executor.submit("job", make_shard(red_circle, tmp_path / "a.zip", 0))
    executor.close()
