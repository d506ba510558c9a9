"""Shipped targets explain a part of each other's evidence; answers and variants count as such."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from ml.archive.limits import Limits
from ml.scoring.calibration import Calibration
from ml.scoring.head import Head
from ml.scoring.piles import Outcome
from ml.sieve import presence
from ml.sieve.presence import estimate_presence
from ml.sieve.results import MemoryResults
from ml.sieve.run import Run
from ml.sieve.shard import PictureResult
from ml.targets.catalog import Target, find_target
from ml.vision.regions import count_regions

OF_OTHER = [(1.0, 8.0)] * 60
"""Evidence of pictures of the other target, which look a little like the first one, too."""
OF_NOBODY = [(-3.0, -3.0)] * 30


@pytest.fixture
def targets(red_circle: Path) -> list[Target]:
    """Two targets; a picture's first two numbers are its evidence for them."""
    model = find_target("red_circle", [red_circle])
    weights = np.eye(model.backbone.dim, dtype=np.float32)
    return [
        dataclasses.replace(
            model,
            head=Head(weights[axis], 0.0),
            card=dataclasses.replace(
                model.card, name=name, calibration=Calibration(1.0, 0.0), prevalence=0.005
            ),
        )
        for axis, name in enumerate(("first", "other"))
    ]


@pytest.fixture
def store(targets: Sequence[Target]) -> Iterator[MemoryResults]:
    made = MemoryResults(range(100), targets[0].backbone)
    yield made
    made.close()


def embed(target: Target, evidence: Sequence[tuple[float, float]]) -> np.ndarray:
    shape = (len(evidence), count_regions(target.backbone), target.backbone.dim)
    embeddings = np.zeros(shape, np.float16)
    embeddings[:, :, :2] = np.array(evidence)[:, None]
    return embeddings


def take(target: Target, store: MemoryResults, evidence: Sequence[tuple[float, float]]) -> Run:
    """A run whose pictures have this evidence."""
    run = Run(Path("a.zip"), target, store, limits=Limits(), pictures=len(evidence))
    pictures = enumerate(embed(target, evidence))
    run.take([PictureResult(n, Outcome.SCORED, 0.1, embeddings=one) for n, one in pictures])
    return run


def count(
    targets: Sequence[Target], evidence: Sequence[tuple[float, float]], **options: object
) -> list[presence.Presence]:
    blocks = [(np.arange(len(evidence)), embed(targets[0], evidence))]
    return estimate_presence(targets, blocks, **options)  # type: ignore[arg-type]


def test_the_prevalence_of_a_job_leaves_out_what_another_shipped_target_explains(
    targets: list[Target], store: MemoryResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = targets
    run = take(first, store, [*OF_OTHER, *OF_NOBODY, (8.0, -3.0)])
    assert run.finish().value > 0.2, "alone"
    monkeypatch.setattr(presence, "list_other_shipped", lambda _: [other])
    before = dict(store.evidence)
    estimate = run.finish()
    assert estimate.is_known
    assert estimate.value == pytest.approx(1 / 91, rel=0.2)
    assert store.evidence == before
    assert run.rescore() == store.prevalence == estimate


def test_pictures_of_two_targets_count_for_the_jobs_one(
    targets: list[Target], store: MemoryResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "list_other_shipped", lambda _: targets[1:])
    estimate = take(targets[0], store, [*[(9.0, 9.0)] * 20, *OF_NOBODY]).finish()
    assert estimate.low < 20 / 50 < estimate.high


def test_a_target_without_embeddings_is_estimated_alone(
    targets: list[Target], store: MemoryResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = take(targets[0], store, [*OF_OTHER, *OF_NOBODY])
    alone = run.finish()
    monkeypatch.setattr(presence, "list_other_shipped", lambda _: targets[1:])

    def fail() -> None:
        raise OSError

    monkeypatch.setattr(store, "read_embeddings", fail)
    monkeypatch.setattr(run, "_measure_unlikeness", lambda: None)
    assert run.finish() == alone


def test_a_picture_that_another_head_gives_nan_for_spoils_no_estimate(
    targets: list[Target], store: MemoryResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = targets
    run = take(first, store, [*OF_OTHER, *OF_NOBODY])
    broken = dataclasses.replace(other, head=Head(other.head.weight * np.float32(np.nan), 0.0))
    monkeypatch.setattr(presence, "list_other_shipped", lambda _: [broken, other])
    assert run.finish().high < 0.1


def test_answers_count_as_given_and_only_the_rest_is_estimated(targets: list[Target]) -> None:
    pictures = [*[(8.0, -3.0)] * 10, *[(-3.0, -3.0)] * 40]
    first, _ = count(targets, pictures)
    assert (first.kept, first.pictures) == (0, 50)
    assert 8 <= first.count <= 11
    refused = dict.fromkeys(range(10), False)
    first, _ = count(targets, pictures, verdicts={"first": refused})
    assert (first.kept, first.pictures, first.count) == (0, 40, 0)
    assert first.surest not in refused
    accepted = dict.fromkeys(range(20), True)  # ten of them look like nobody
    first, _ = count(targets, pictures, verdicts={"first": accepted})
    assert (first.kept, first.pictures, first.count) == (20, 30, 20)
    assert first.interval[0] == 20


def test_an_answer_about_one_target_tells_about_the_others(targets: list[Target]) -> None:
    pictures = [*[(1.5, 1.5)] * 20, *OF_NOBODY]
    _, before = count(targets, pictures)
    _, after = count(targets, pictures, verdicts={"first": dict.fromkeys(range(20), True)})
    assert before.interval[1] > 2 * after.interval[1]


def test_variants_of_the_target_widen_its_range(targets: list[Target]) -> None:
    pictures = [*[(8.0, -3.0)] * 20, *[(-3.0, -3.0)] * 60]
    alone, _ = count(targets, pictures)
    grouped, _ = count(targets, pictures, largest={n: n - n % 5 for n in range(20)})
    assert grouped.count == alone.count
    assert grouped.interval[0] < alone.interval[0]
    assert grouped.interval[1] > alone.interval[1]
