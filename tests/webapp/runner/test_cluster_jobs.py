"""Jobs of a runner whose workers are a Dask cluster: they wait for it and lose nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ml.sieve.clusters import Cluster, kill
from tests.running import ROOT, until
from tests.webapp.made import held_at, many, queued
from webapp.records import JobState
from webapp.services import jobs
from webapp.storage import Stores

PICTURES = 100


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster whose scheduler has not been started yet: its port refuses."""
    (tmp_path / "cluster").mkdir()
    own = Cluster(tmp_path / "cluster")
    kill(own.scheduler)
    yield own
    own.close()


@pytest.fixture
def runner(stores: Stores, cluster: Cluster) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "MONASIEVE_DATA": str(stores.settings.data_dir),
        "MONASIEVE_CLUSTER": cluster.address,
    }
    process = subprocess.Popen([sys.executable, "-m", "webapp.runner"], cwd=ROOT, env=environment)
    yield process
    process.kill()
    process.wait()


@pytest.mark.slow
def test_a_job_waits_for_its_cluster_and_survives_a_killed_worker(
    stores: Stores, cluster: Cluster, runner: subprocess.Popen[bytes]
) -> None:
    job = queued(stores, many(PICTURES))

    def blocked_by() -> str:
        return jobs.read_progress(stores, job.id)[1].blocked_by or ""

    def state() -> JobState:
        return jobs.read_progress(stores, job.id)[0].state

    def done() -> int:
        return jobs.read_progress(stores, job.id)[1].done

    assert until(lambda: f"{cluster.address} cannot be reached" in blocked_by())
    cluster.start_scheduler()
    assert until(lambda: "has no workers" in blocked_by()), cluster.read_logs()
    with held_at(stores, job, PICTURES // 2) as let_go:
        victim = cluster.add_worker("--no-nanny")
        assert until(lambda: done() > 0), cluster.read_logs()
        cluster.add_worker("--no-nanny")
        kill(victim)
        assert done() < PICTURES
        let_go()
        assert until(lambda: state() is JobState.SUCCEEDED, 120), blocked_by()
    assert blocked_by() == ""
    with stores.reading() as tables:
        assert tables.pictures.list_scored(job.id) == list(range(PICTURES))
    assert runner.poll() is None


def test_a_runner_refuses_a_wrong_address(stores: Stores) -> None:
    environment = {
        **os.environ,
        "MONASIEVE_DATA": str(stores.settings.data_dir),
        "MONASIEVE_CLUSTER": "scheduler",
    }
    run = subprocess.run(
        [sys.executable, "-m", "webapp.runner"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "received 'scheduler'" in run.stderr
