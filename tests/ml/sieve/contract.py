"""What every result store and every executor must do; each kind runs these tests."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ml.archive.limits import Limits
from ml.scoring.piles import Outcome
from ml.scoring.prevalence import Prevalence
from ml.sieve.executor import Executor, Finished
from ml.sieve.results import Results
from ml.sieve.shard import PictureResult, Shard
from ml.sieve.variants import find_variants
from ml.targets.catalog import Target, find_target
from ml.vision.regions import count_regions
from tests.ml.archive.zips import pack, picture

NUMBERS = (1, 2, 4, 5)
"""Members that a store under test waits for; 0 and 3 are skipped."""


def make_result(target: Target, number: int, evidence: float) -> PictureResult:
    """A scored member whose embeddings hold its number."""
    shape = (count_regions(target.backbone), target.backbone.dim)
    return PictureResult(
        number=number,
        outcome=Outcome.SCORED,
        seconds=0.5,
        embeddings=np.full(shape, number, np.float16),
        evidence=evidence,
        sha256=f"{number:064d}",
        thumbnail=b"jpeg",
    )


class ResultsContract:
    """A subclass gives `store` (an empty store that waits for NUMBERS) and `target`."""

    def test_what_has_no_outcome_waits(self, store: Results, target: Target) -> None:
        assert store.list_waiting(after=-1, limit=10) == [1, 2, 4, 5]
        assert store.list_waiting(after=2, limit=1) == [4]
        store.add([make_result(target, 2, 1.0)])
        assert store.list_waiting(after=-1, limit=10) == [1, 4, 5]

    def test_adding_twice_changes_nothing(self, store: Results, target: Target) -> None:
        assert store.add([make_result(target, 1, 1.0), make_result(target, 2, 2.0)]) == 2
        again = [make_result(target, 2, 9.0), make_result(target, 4, 3.0)]
        assert store.add(again) == 1
        assert store.add(again) == 0
        numbers, evidence = store.read_evidence()
        values = dict(zip(numbers.tolist(), evidence.tolist(), strict=True))
        assert values == {1: 1.0, 2: 2.0, 4: 3.0}

    def test_an_unreadable_member_has_an_outcome_and_no_evidence(self, store: Results) -> None:
        assert store.add([PictureResult(1, Outcome.UNREADABLE, 0.1, "damaged")]) == 1
        assert store.list_waiting(after=-1, limit=1) == [2]
        assert len(store.read_evidence()[0]) == 0

    def test_embeddings_are_read_back_by_number(self, store: Results, target: Target) -> None:
        store.add([make_result(target, n, 0.0) for n in (5, 1)])
        ((numbers, embeddings),) = store.read_embeddings()
        assert numbers.tolist() == [1, 5]
        assert [float(e[0, 0]) for e in embeddings] == [1.0, 5.0]

    def test_an_empty_store_has_no_embeddings(self, store: Results) -> None:
        assert list(store.read_embeddings()) == []

    def test_evidence_is_replaced_as_a_whole(self, store: Results, target: Target) -> None:
        store.add([make_result(target, 1, 1.0), make_result(target, 2, 2.0)])
        store.set_prevalence(Prevalence(0.5, 0.4, 0.6), is_final=True)
        store.replace_evidence(
            np.array([1, 2]), np.array([-1.0, -2.0], np.float32), Prevalence(0.1, 0.0, 0.2)
        )
        numbers, evidence = store.read_evidence()
        assert dict(zip(numbers.tolist(), evidence.tolist(), strict=True)) == {1: -1.0, 2: -2.0}

    def test_fingerprints_are_read_back_by_number(self, store: Results, target: Target) -> None:
        bits = {5: 2**64 - 1, 1: 0, 4: 2**63}
        results = [make_result(target, number, 0.0) for number in (5, 1, 4)]
        store.add([dataclasses.replace(r, fingerprint=bits[r.number], width=3) for r in results])
        store.add([dataclasses.replace(make_result(target, 2, 0.0), width=3, height=2)])
        found = store.read_fingerprints()
        assert found.numbers.tolist() == [1, 4, 5]
        assert found.fingerprints.tolist() == [0, 2**63, 2**64 - 1]
        assert found.areas.tolist() == [0, 0, 0]  # no height is known

    def test_variants_of_a_picture_are_found(self, store: Results, target: Target) -> None:
        same = [dataclasses.replace(make_result(target, n, 0.0), fingerprint=7) for n in (1, 2, 4)]
        sizes = {1: 10, 2: 20, 4: 10}
        store.add([dataclasses.replace(r, width=sizes[r.number], height=10) for r in same])
        store.add([dataclasses.replace(make_result(target, 5, 0.0), fingerprint=2**64 - 1)])
        assert find_variants(store) == {1: 2, 2: 2, 4: 2}


def drain(executor: Executor) -> list[Finished]:
    """Everything that comes back."""
    back: list[Finished] = []
    while executor.busy:
        back += executor.finished(timeout=30)
    return back


class ExecutorContract:
    """A subclass gives `executor`, an idle one with at least one worker."""

    @pytest.fixture
    def shard(self, red_circle: Path, shared_folder: Path) -> Callable[[int], Shard]:
        """A shard of so many pictures, in a folder that the workers see."""

        def make(count: int) -> Shard:
            members = {f"{n}.png": picture() for n in range(count)}
            archive = pack(shared_folder / f"{count}.zip", members)
            backbone = find_target("red_circle", [red_circle]).backbone_folder
            return Shard(archive, tuple(range(count)), backbone.resolve(), Limits())

        return make

    @pytest.fixture
    def shared_folder(self, tmp_path: Path) -> Path:
        return tmp_path

    def test_results_come_back_under_their_keys(
        self, executor: Executor, shard: Callable[[int], Shard]
    ) -> None:
        for key in ("one", "other"):
            executor.submit(key, shard(3))
        back = drain(executor)
        assert {finished.key for finished in back} == {"one", "other"}
        for finished in back:
            assert finished.error is None
            assert [r.number for r in finished.results] == [0, 1, 2]
            assert all(r.outcome is Outcome.SCORED for r in finished.results)

    def test_it_is_free_until_its_workers_have_enough(
        self, executor: Executor, shard: Callable[[int], Shard]
    ) -> None:
        free = executor.free
        assert free >= executor.workers
        for number in range(free):
            executor.submit(number, shard(1))
        assert executor.free == 0
        assert executor.busy
        drain(executor)
        assert executor.free == free
        assert not executor.busy

    def test_nothing_comes_back_of_nothing(self, executor: Executor) -> None:
        assert executor.finished(timeout=0) == []

    def test_a_shard_that_cannot_run_gives_its_error(
        self, executor: Executor, shard: Callable[[int], Shard]
    ) -> None:
        lost = dataclasses.replace(shard(1), archive=Path("/nowhere/lost.zip"))
        executor.submit("lost", lost)
        (finished,) = drain(executor)
        assert finished.error is not None
        assert finished.results == []

    def test_a_damaged_picture_costs_no_other(
        self, executor: Executor, red_circle: Path, shared_folder: Path
    ) -> None:
        members = {"a.png": picture(), "b.png": picture()[:40], "c.png": picture()}
        archive = pack(shared_folder / "damaged.zip", members)
        backbone = find_target("red_circle", [red_circle]).backbone_folder
        executor.submit("job", Shard(archive, (0, 1, 2), backbone.resolve(), Limits()))
        (finished,) = drain(executor)
        outcomes = [r.outcome for r in finished.results]
        assert outcomes == [Outcome.SCORED, Outcome.UNREADABLE, Outcome.SCORED]
