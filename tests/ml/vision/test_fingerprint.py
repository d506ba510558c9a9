"""A fingerprint stays when a picture is packed, resized or brightened, and tells pictures apart."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from ml.sieve.variants import MAX_BITS
from ml.vision.fingerprint import compute_fingerprint


def draw_blobs(seed: int) -> Image.Image:
    """A picture with large shapes, as art has them."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 255, (6, 6, 3), np.uint8)
    return Image.fromarray(cells).resize((300, 240), Image.Resampling.BICUBIC)


def pack_jpeg(image: Image.Image) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=40)
    return Image.open(out)


@pytest.mark.parametrize(
    "change",
    [
        pack_jpeg,
        lambda image: image.resize((140, 111)),
        lambda image: ImageEnhance.Brightness(image).enhance(0.8),
        lambda image: image.crop((2, 2, 298, 238)),
    ],
    ids=["packing", "size", "brightness", "cut"],
)
def test_it_hardly_changes_with(change: Callable[[Image.Image], Image.Image]) -> None:
    for seed in range(5):
        image = draw_blobs(seed)
        difference = compute_fingerprint(image) ^ compute_fingerprint(change(image))
        assert difference.bit_count() <= MAX_BITS


def test_other_pictures_differ_in_many_bits() -> None:
    prints = [compute_fingerprint(draw_blobs(seed)) for seed in range(20)]
    assert all(0 <= value < 2**64 for value in prints)
    least = min((a ^ b).bit_count() for n, a in enumerate(prints) for b in prints[:n])
    assert least > MAX_BITS
