"""Embeddings of a dataset's pictures, as the sieve would see them."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.reader import Dataset, Picture
from ml.vision.backbone import Backbone
from ml.vision.decode import THUMBNAIL_SIDE, decode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

MAX_PIXELS = 100_000_000


def embed(folder: Path, dataset: Dataset, pictures: Sequence[Picture]) -> NDArray[np.float16]:
    """Looks of pictures as the sieve sees them: float16 (n, looks, dim), one process a core."""
    context = get_context("spawn")  # TensorFlow is loaded here, and nobody forks after that
    parts = [list(pictures[n : n + 64]) for n in range(0, len(pictures), 64)]
    with ProcessPoolExecutor(mp_context=context, initializer=_load, initargs=(folder,)) as pool:
        return np.concatenate(list(pool.map(_embed, [dataset.root] * len(parts), parts)))


_loaded: list[Backbone] = []  # this worker's predictor


def _load(folder: Path) -> None:
    _loaded[:] = [Backbone(folder)]


def _embed(root: Path, pictures: Sequence[Picture]) -> NDArray[np.float16]:
    (predictor,) = _loaded
    side = predictor.card.side
    cover = predictor.card.resize == "stretch"
    dataset = Dataset(root, ())
    return np.stack([predictor.embed(decoded(dataset, p, side, cover=cover)) for p in pictures])


def decoded(dataset: Dataset, picture: Picture, side: int, *, cover: bool = False) -> Image.Image:
    """One picture, upright, white behind alpha, reduced as the sieve reduces it."""
    data, reach = dataset.read(picture), max(side, THUMBNAIL_SIDE)
    return decode(data, min_side=reach, max_pixels=MAX_PIXELS, min_both=cover).image
