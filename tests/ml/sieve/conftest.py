"""Dask clusters for the tests of executors: one that they share, and one of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ml.sieve.clusters import Cluster


@pytest.fixture(scope="package")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers, for the tests that leave them as they are."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.add_worker("--no-nanny")
        cluster.add_worker()
        yield cluster
    finally:
        cluster.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers, for the tests that kill some."""
    (tmp_path / "cluster").mkdir()
    own = Cluster(tmp_path / "cluster")
    try:
        yield own
    finally:
        own.close()
