"""Decoded training pictures: the paper's training cache.

Cut-outs keep their alpha, because they are pasted on other backgrounds. One flat array holds all
pictures: in memory if they fit into half of the free memory, else on disk.
"""

from __future__ import annotations

import dataclasses
import io
import logging
import os
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ml.datasets.reader import Dataset, LabelledPicture

log = logging.getLogger(__name__)


class ImageCache:
    """RGBA pixels of every picture of a dataset, by row."""

    def __init__(self, pixels: NDArray[np.uint8], shapes: NDArray[np.int64]) -> None:
        """`pixels` is flat; `shapes` int64 (n, 2) holds height and width of each picture."""
        self._pixels = pixels
        self._shapes = shapes
        self._starts = np.concatenate([[0], np.cumsum(shapes.prod(axis=1) * 4)])

    def __getitem__(self, row: int) -> NDArray[np.uint8]:
        """Return uint8 (height, width, 4), RGBA, without empty borders."""
        start, end = self._starts[row], self._starts[row + 1]
        return self._pixels[start:end].reshape(*self._shapes[row], 4)


@dataclasses.dataclass(frozen=True)
class TrainingSet:
    """The pictures that a training may use, with their pixels and labels."""

    images: ImageCache
    pictures: Sequence[LabelledPicture]  # of the whole dataset
    rows: NDArray[np.int64]  # of the pictures to train from
    class_names: Sequence[str]  # of characters


def load_image_cache(
    dataset: Dataset, pictures: Sequence[LabelledPicture], max_side: int, work: Path
) -> ImageCache:
    """Decode all pictures, no side longer than `max_side` pixels.

    Args:
        work: folder for the cache if it does not fit into memory.
    """

    def decode(picture: LabelledPicture) -> NDArray[np.uint8]:
        return decode_rgba(dataset.read(picture), max_side)

    worst = len(pictures) * max_side * max_side * 4
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    if worst <= free / 2:
        log.info("%d pictures are kept in memory", len(pictures))
        arrays = [decode(p) for p in pictures]
        flat = np.concatenate([a.reshape(-1) for a in arrays])
        return ImageCache(flat, np.array([a.shape[:2] for a in arrays]))
    file = work / "images.u8"
    log.info("%d pictures are kept on disk, in %s", len(pictures), file)
    shapes = []
    with file.open("wb") as out:
        for picture in pictures:
            array = decode(picture)
            shapes.append(array.shape[:2])
            out.write(array.tobytes())
    return ImageCache(np.memmap(file, np.uint8, mode="r"), np.array(shapes))


def decode_rgba(data: bytes, max_side: int) -> NDArray[np.uint8]:
    """Return uint8 (h, w, 4) RGBA without empty borders, no side longer than `max_side`."""
    with Image.open(io.BytesIO(data)) as image:
        rgba = ImageOps.exif_transpose(image).convert("RGBA")
    box = rgba.getchannel("A").point(lambda a: 255 if a > 8 else 0).getbbox()
    rgba = rgba.crop(box) if box else rgba
    if max(rgba.size) > max_side:
        rgba.thumbnail((max_side, max_side), Image.Resampling.BILINEAR)  # weighs colour by alpha
    return np.array(rgba)
