"""Near-duplicates of pictures: found by a perceptual hash and joined into one artwork."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ml.archive.limits import Limits
from ml.errors import MonaError
from ml.vision.decode import decode

if TYPE_CHECKING:
    from ml.datasets.reader import Dataset, LabelledPicture

MAX_DIFFERENCE = 6  # bits of 64 in which the hashes of near-duplicates may differ


def join_duplicates(dataset: Dataset) -> Dataset:
    """Give near-duplicates the same `artwork`.

    Duplicates of duplicates count too, so two near-duplicates never have different artworks.
    """
    hashes: list[int | None] = []
    artworks: list[str] = []
    for picture in dataset.pictures:
        image = decode_preview(dataset, picture)
        value = (
            compute_difference_hash(image) if image else None
        )  # `checks` reports unreadable files
        near = {a for h, a in zip(hashes, artworks, strict=True) if _are_near(h, value)}
        artwork = min(near, default=picture.path)
        artworks = [artwork if a in near else a for a in artworks]
        hashes.append(value)
        artworks.append(artwork)
    joined = [
        dataclasses.replace(picture, artwork=artwork)
        for picture, artwork in zip(dataset.pictures, artworks, strict=True)
    ]
    return dataclasses.replace(dataset, pictures=tuple(joined))


def _are_near(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and (one ^ other).bit_count() <= MAX_DIFFERENCE


def compute_difference_hash(image: Image.Image) -> int:
    """Return 64 bits: in 8 rows of 9 cells, whether a cell is brighter than its right one."""
    grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    return int("".join("01"[int(bit)] for bit in (grey[:, 1:] > grey[:, :-1]).ravel()), 2)


def decode_preview(dataset: Dataset, picture: LabelledPicture) -> Image.Image | None:
    """Return a small version of a picture; None if the file is missing or damaged."""
    try:
        return decode(dataset.read(picture), min_side=64, max_pixels=Limits().pixels).image
    except (OSError, KeyError, MonaError):
        return None
