"""An archive is unlike if its pictures are far from the bank, on average."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ml.errors import ArtifactError
from ml.scoring.unlikeness import (
    LEAST_PICTURES,
    describe_unlikeness,
    measure_distances,
    measure_unlikeness,
)
from ml.vision.card import BackboneCard

CARD = BackboneCard(
    *("test", "mona_lite", {}, 64, "letterbox", (2, 2), 2, 0, 0),
    *("", "", "2026-01-01"),
    unlike_from=0.25,
)
BANK = np.array([[1, 0], [0, 5]], np.float16)


@pytest.fixture
def backbone(tmp_path: Path) -> Path:
    np.savez(tmp_path / "bank.npz", embeddings=BANK)
    return tmp_path


def make_block(
    direction: tuple[float, float], count: int = LEAST_PICTURES
) -> np.ndarray[tuple[int, int, int], np.dtype[np.float16]]:
    return np.tile(np.array(direction, np.float16), (count, 1, 1))


def test_the_nearest_of_the_bank_counts_whatever_its_length() -> None:
    pictures = np.array([[3, 0], [0, 1], [-1, 0], [2, 2]], np.float16)
    distances = measure_distances(pictures, BANK.astype(np.float32))
    assert distances == pytest.approx([0, 0, 1, 1 - np.sqrt(0.5)], abs=1e-3)


def test_the_mean_distance_is_compared_with_the_cards(backbone: Path) -> None:
    near, far = make_block((4, 0)), make_block((-1, 0))
    assert measure_unlikeness(backbone, CARD, [near]) == pytest.approx(0, abs=1e-3)
    assert measure_unlikeness(backbone, CARD, [near, far]) == pytest.approx(2, abs=1e-3)


def test_few_pictures_or_no_limit_say_nothing(backbone: Path) -> None:
    assert measure_unlikeness(backbone, CARD, [make_block((-1, 0), LEAST_PICTURES - 1)]) is None
    assert measure_unlikeness(backbone, CARD, []) is None
    unmeasured = dataclasses.replace(CARD, unlike_from=None)
    assert measure_unlikeness(backbone, unmeasured, [make_block((-1, 0))]) is None


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04broken"])
def test_a_damaged_bank_is_an_error_of_the_artifact(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "bank.npz").write_bytes(content)
    with pytest.raises(ArtifactError, match="bank"):
        measure_unlikeness(tmp_path, CARD, [make_block((1, 0))])


@pytest.mark.parametrize("limit", [0.0, -1.0, 2.5, float("nan")])
def test_a_limit_out_of_range_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="unlike_from"):
        dataclasses.replace(CARD, unlike_from=limit)


@pytest.mark.parametrize(("unlikeness", "is_said"), [(None, False), (1.0, False), (1.2, True)])
def test_only_an_unlike_archive_is_said_to_be_so(unlikeness: float | None, is_said: bool) -> None:
    sentence = describe_unlikeness(unlikeness, "Mona") or ""
    assert ("unlike the pictures that Mona was measured on" in sentence) == is_said
