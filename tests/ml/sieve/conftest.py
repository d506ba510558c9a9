"""A Dask cluster that the tests of executors share."""

from collections.abc import Iterator

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
