"""The command `sieve` on a cluster; on processes: tests/ml/sieve/test_galleries.py."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.archive.limits import Limits
from ml.cli import main, sieve
from ml.errors import ClusterUnavailable, StorageFull, TemporaryFailure
from ml.scoring.piles import Thresholds
from ml.sieve import cluster as cluster_module
from ml.sieve.cluster import ClusterExecutor
from ml.sieve.galleries import sieve_archive
from ml.targets.catalog import find_target
from tests.archives import write_story
from tests.ml.archive.zips import pack, picture
from tests.ml.sieve.clusters import Cluster, kill
from tests.running import free_port


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and one worker."""
    (tmp_path / "cluster").mkdir()
    own = Cluster(tmp_path / "cluster")
    try:
        own.add_worker("--no-nanny")
        yield own
    finally:
        own.close()


@pytest.mark.slow
def test_a_cluster_gives_the_zip_that_processes_give(
    cluster: Cluster, red_circle: Path, tmp_path: Path
) -> None:
    write_story(tmp_path / "in.zip")
    target = ["--target", "red_circle", "--targets", str(red_circle)]
    names = {}
    for where, options in (("here", ["--workers", "1"]), ("there", ["--cluster", cluster.address])):
        out = tmp_path / f"{where}.zip"
        assert main(["sieve", str(tmp_path / "in.zip"), str(out), *target, *options]) == 0
        with zipfile.ZipFile(out) as kept:
            names[where] = kept.namelist()
    assert names["here"] == names["there"]
    assert len(names["here"]) > 6


@pytest.mark.slow
def test_a_cluster_that_goes_and_returns_costs_no_picture(
    cluster: Cluster, red_circle: Path, tmp_path: Path
) -> None:
    members = {f"{n}.png": picture(size=(900, 900)) for n in range(60)}
    archive = pack(tmp_path / "in.zip", members)
    reasons: list[TemporaryFailure] = []

    def stop_scheduler(done: int, _total: int) -> None:
        if done and not reasons:
            kill(cluster.scheduler)
            kill(cluster.workers[0])

    def start_again(error: TemporaryFailure) -> None:
        reasons.append(error)
        cluster.start_scheduler()
        cluster.add_worker("--no-nanny")

    executor = ClusterExecutor(cluster.address)
    try:
        galleries = sieve_archive(
            archive,
            find_target("red_circle", [red_circle]),
            Thresholds.without_unsure(0.5),
            limits=Limits(),
            executor=executor,
            on_progress=stop_scheduler,
            on_wait=start_again,
        )
    finally:
        executor.close()
    assert [type(reason) for reason in reasons] == [ClusterUnavailable]
    assert len(galleries.kept) + len(galleries.rejected) == len(members)


def test_a_cluster_that_never_answered_ends_the_command_with_a_sentence(
    red_circle: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 0.5)
    write_story(tmp_path / "in.zip", circles=1, others=1)
    arguments = [str(tmp_path / "in.zip"), str(tmp_path / "out.zip"), "--target", "red_circle"]
    address = f"tcp://127.0.0.1:{free_port()}"
    code = main(["sieve", *arguments, "--targets", str(red_circle), "--cluster", address])
    assert code == 1
    assert f"The cluster {address} cannot be reached" in capsys.readouterr().err
    assert not (tmp_path / "out.zip").exists()


def test_the_command_waits_only_for_a_cluster_that_has_scored_something(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sieve, "RETRY_SECONDS", 0.0)
    bar = sieve._make_progress_bar()
    task = bar.add_task("pictures", total=2)
    away, full = ClusterUnavailable("It is away."), StorageFull("It is full.")
    with pytest.raises(ClusterUnavailable):
        sieve._wait(bar, away)
    bar.update(task, completed=1)
    sieve._wait(bar, away)
    assert capsys.readouterr().err == "It is away.\n"
    with pytest.raises(StorageFull):
        sieve._wait(bar, full)
