"""Evidence, prevalence and rescoring of one archive."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ml.archive.limits import Limits
from ml.errors import ArtifactError
from ml.scoring.calibration import Calibration
from ml.scoring.piles import Outcome
from ml.scoring.prevalence import Prevalence
from ml.sieve.results import MemoryResults
from ml.sieve.run import Run
from ml.sieve.shard import PictureResult
from ml.targets.catalog import Target, find_target
from ml.vision.regions import count_regions

RNG = np.random.default_rng(0)


@pytest.fixture
def target(red_circle: Path) -> Target:
    return find_target("red_circle", [red_circle])


@pytest.fixture
def results(target: Target) -> Iterator[MemoryResults]:
    store = MemoryResults(range(100), target.backbone)
    yield store
    store.close()


def make_run(target: Target, results: MemoryResults) -> Run:
    return Run(Path("a.zip"), target, results, limits=Limits(), pictures=100)


def scored(target: Target, number: int, value: float | None = None) -> PictureResult:
    shape = (count_regions(target.backbone), target.backbone.dim)
    embeddings = RNG.normal(size=shape) if value is None else np.full(shape, value)
    return PictureResult(number, Outcome.SCORED, 0.1, embeddings=embeddings.astype(np.float16))


def test_a_nan_embedding_makes_its_picture_unreadable_and_no_other(
    target: Target, results: MemoryResults
) -> None:
    run = make_run(target, results)
    assert run.take([scored(target, 0), scored(target, 1, np.nan), scored(target, 2)]) == 3
    assert sorted(results.evidence) == [0, 2]
    assert results.results[1].outcome is Outcome.UNREADABLE
    assert results.results[1].reason == "could not be scored: the network gave NaN"
    assert 0 < run.finish().value < 1


def test_the_prevalence_is_estimated_whenever_the_results_double(
    target: Target, results: MemoryResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(target, results)
    at: list[int] = []
    original = results.set_prevalence

    def note(prevalence: Prevalence, *, is_final: bool) -> None:
        at.append(len(results.results))
        original(prevalence, is_final=is_final)

    monkeypatch.setattr(results, "set_prevalence", note)
    for number in range(100):
        run.take([scored(target, number)])
    run.finish()
    assert at == [32, 64, 100]


def test_another_head_rescores_stored_embeddings(target: Target, results: MemoryResults) -> None:
    make_run(target, results).take([scored(target, n) for n in range(20)])
    before = dict(results.evidence)
    calibration = Calibration(slope=1.0, intercept=target.card.calibration.intercept + 2.0)
    card = dataclasses.replace(target.card, calibration=calibration)
    other = dataclasses.replace(target, card=card)
    prevalence = make_run(other, results).rescore()
    assert results.prevalence == prevalence
    assert results.evidence == pytest.approx({n: v + 2.0 for n, v in before.items()}, abs=1e-3)


def test_a_head_that_gives_nan_leaves_the_old_evidence(
    target: Target, results: MemoryResults
) -> None:
    make_run(target, results).take([scored(target, n) for n in range(3)])
    before = dict(results.evidence)
    weight = np.full(target.backbone.dim, np.nan, np.float32)
    broken = dataclasses.replace(target, head=dataclasses.replace(target.head, weight=weight))
    with pytest.raises(ArtifactError, match="gives NaN"):
        make_run(broken, results).rescore()
    assert results.evidence == before


def test_an_empty_archive_has_the_cards_prevalence(target: Target, results: MemoryResults) -> None:
    value = make_run(target, results).finish().value
    assert value == pytest.approx(target.card.prevalence, rel=1e-3)


def test_an_archive_far_from_the_bank_is_unlike(
    target: Target, results: MemoryResults, tmp_path: Path
) -> None:
    measured = dataclasses.replace(target.backbone, unlike_from=0.5)
    bank = np.ones((2, measured.dim), np.float16)
    np.savez(tmp_path / "bank.npz", embeddings=bank)
    far = dataclasses.replace(target, backbone=measured, backbone_folder=tmp_path)
    run = make_run(far, results)
    run.take([scored(target, number, -1.0) for number in range(30)])
    run.finish()
    assert results.unlikeness == pytest.approx(4, abs=0.01)
    (tmp_path / "bank.npz").unlink()
    run.finish()
    assert results.unlikeness is None  # the archive is sieved all the same


def test_a_large_archive_is_looked_at_all_over_before_it_is_worked_off(target: Target) -> None:
    store = MemoryResults(range(1_000), target.backbone)
    run = Run(Path("a.zip"), target, store, limits=Limits(), pictures=1_000)
    handed: list[int] = []
    while shard := run.make_next_shard(30):
        handed += shard.numbers
    assert [number // 20 for number in handed[:50]] == list(range(50))  # one of each stretch
    assert handed[50:] == sorted(set(range(1_000)) - set(handed[:50]))
    assert run.restart()
    again = run.make_next_shard(3)
    assert again is not None
    assert again.numbers == (0, 1, 2)  # what has no result, in its order
    store.close()


@pytest.mark.parametrize("period", [2, 4, 5, 20])
def test_the_look_at_a_periodic_archive_meets_all_kinds(target: Target, period: int) -> None:
    looks = []
    for name in ("a.zip", "a.zip", "b.zip"):
        with contextlib.closing(MemoryResults(range(1_000), target.backbone)) as store:
            run = Run(Path(name), target, store, limits=Limits(), pictures=1_000)
            shard = run.make_next_shard(50)
        assert shard is not None
        looks.append(shard.numbers)
    assert looks[0] == looks[1] != looks[2]
    for look in looks:  # an archive where every n-th member is a picture, the others its thumbnails
        pictures = sum(number % period == 0 for number in look)
        assert pictures == pytest.approx(50 / period, abs=10)
        assert 0 < pictures < 50


def test_a_run_that_goes_on_keeps_the_order(target: Target) -> None:
    store = MemoryResults(range(300), target.backbone)
    run = Run(Path("a.zip"), target, store, limits=Limits(), pictures=400)
    shard = run.make_next_shard(3)
    assert shard is not None
    assert shard.numbers == (0, 1, 2)
    store.close()
