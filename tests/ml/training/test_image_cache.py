"""Training pictures are decoded once: with alpha, without empty borders, in memory or on disk."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.datasets.reader import read_dataset
from ml.training.image_cache import decode_rgba, load_image_cache
from tests.ml.datasets import drawn


def encode(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_empty_borders_are_cut_off_and_alpha_is_kept() -> None:
    image = Image.new("RGBA", (40, 40))
    image.paste((200, 0, 0, 255), (10, 15, 30, 20))
    pixels = decode_rgba(encode(image), 384)
    assert pixels.shape == (5, 20, 4)
    assert (pixels == (200, 0, 0, 255)).all()


def test_large_pictures_are_reduced_and_small_ones_are_not_enlarged() -> None:
    assert decode_rgba(encode(Image.new("RGB", (300, 100), "red")), 60).shape == (20, 60, 4)
    assert decode_rgba(encode(Image.new("RGB", (30, 10), "red")), 60).shape == (10, 30, 4)


def test_a_cache_on_disk_holds_the_same_pixels_as_one_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = read_dataset(drawn.write(tmp_path / "drawn", arts=2, files=1), "mona")
    in_memory = load_image_cache(dataset, dataset.pictures, 64, tmp_path)
    assert not (tmp_path / "images.u8").exists()
    monkeypatch.setattr(os, "sysconf", lambda _: 1)  # no free memory
    on_disk = load_image_cache(dataset, dataset.pictures, 64, tmp_path)
    assert (tmp_path / "images.u8").is_file()
    for row in range(len(dataset.pictures)):
        np.testing.assert_array_equal(in_memory[row], on_disk[row])
