"""The contract of result stores, for the one in memory. SqlResults: tests/webapp/storage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.sieve.results import MemoryResults
from ml.targets.catalog import Target, find_target
from tests.ml.sieve.contract import NUMBERS, ResultsContract, make_result


class TestMemoryResults(ResultsContract):
    @pytest.fixture
    def target(self, red_circle: Path) -> Target:
        return find_target("red_circle", [red_circle])

    @pytest.fixture
    def store(self, target: Target) -> Iterator[MemoryResults]:
        results = MemoryResults(NUMBERS, target.backbone)
        yield results
        results.close()

    def test_arrays_are_not_kept_in_memory(self, store: MemoryResults, target: Target) -> None:
        store.add([make_result(target, 1, 1.0)])
        assert store.results[1].embeddings is None
        assert store.results[1].thumbnail is None
