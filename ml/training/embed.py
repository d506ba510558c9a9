"""Embeddings of a dataset's pictures, as the sieve computes them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ml.archive.limits import Limits
from ml.datasets.reader import Dataset, LabelledPicture
from ml.sieve.cores import count_cores
from ml.sieve.executor import start_pool
from ml.vision.backbone import Backbone
from ml.vision.decode import decode_for_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image

    from ml.vision.card import Resize

_PART = 64  # pictures that a process embeds at once


def embed(
    folder: Path, dataset: Dataset, pictures: Sequence[LabelledPicture]
) -> NDArray[np.float16]:
    """Return region embeddings, float16 (n, regions, dim), by one process a core.

    Args:
        folder: of the backbone.
    """
    parts = [list(pictures[n : n + _PART]) for n in range(0, len(pictures), _PART)]
    with start_pool(count_cores()) as pool:
        work = functools.partial(_embed, folder, dataset.root)
        return np.concatenate(list(pool.map(work, parts).result()))


@functools.lru_cache(maxsize=1)
def _load_backbone(folder: Path) -> Backbone:
    return Backbone(folder)


def _embed(folder: Path, root: Path, pictures: Sequence[LabelledPicture]) -> NDArray[np.float16]:
    backbone = _load_backbone(folder)
    dataset = Dataset(root, ())
    side, resize = backbone.card.finest_side, backbone.card.resize
    images = (decode_picture(dataset, p, side=side, resize=resize) for p in pictures)
    return np.stack([backbone.embed(image) for image in images])


def decode_picture(
    dataset: Dataset, picture: LabelledPicture, *, side: int, resize: Resize
) -> Image.Image:
    """Return one picture, upright, white behind alpha, reduced as the sieve reduces it."""
    pixels = Limits().pixels
    data = dataset.read(picture)
    return decode_for_network(data, side=side, resize=resize, max_pixels=pixels).image
