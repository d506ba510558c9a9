"""Embeddings of a dataset's pictures, as the sieve computes them."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.reader import Dataset, LabelledPicture
from ml.sieve.shard import THUMBNAIL_SIDE
from ml.vision.backbone import Backbone
from ml.vision.decode import decode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

MAX_PIXELS = 100_000_000
_PART = 64  # pictures that a process embeds at once


def embed(
    folder: Path, dataset: Dataset, pictures: Sequence[LabelledPicture]
) -> NDArray[np.float16]:
    """Return region embeddings, float16 (n, regions, dim), by one process a core.

    Args:
        folder: of the backbone.
    """
    context = get_context("spawn")  # a fork after TensorFlow is loaded hangs
    parts = [list(pictures[n : n + _PART]) for n in range(0, len(pictures), _PART)]
    with ProcessPoolExecutor(mp_context=context, initializer=_load, initargs=(folder,)) as pool:
        return np.concatenate(list(pool.map(_embed, [dataset.root] * len(parts), parts)))


_loaded: list[Backbone] = []  # this process's backbone


def _load(folder: Path) -> None:
    _loaded[:] = [Backbone(folder)]


def _embed(root: Path, pictures: Sequence[LabelledPicture]) -> NDArray[np.float16]:
    (backbone,) = _loaded
    side = backbone.card.side
    cover = backbone.card.resize == "stretch"
    dataset = Dataset(root, ())
    images = (decode_picture(dataset, p, side, cover=cover) for p in pictures)
    return np.stack([backbone.embed(image) for image in images])


def decode_picture(
    dataset: Dataset, picture: LabelledPicture, side: int, *, cover: bool = False
) -> Image.Image:
    """Return one picture, upright, white behind alpha, reduced as the sieve reduces it."""
    data, reach = dataset.read(picture), max(side, THUMBNAIL_SIDE)
    return decode(data, reach=reach, max_pixels=MAX_PIXELS, cover=cover).image
