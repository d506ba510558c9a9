"""Training pictures, decoded once: the paper's training cache.

Cut-outs keep their alpha here (they are pasted on other backgrounds), everything else is opaque.
One flat array holds all of them, in memory where they fit half of what is free, else on disk.
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
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ml.datasets.reader import Dataset, Picture

log = logging.getLogger(__name__)


class Sprites:
    """RGBA pixels of every picture, by its row in the dataset's order."""

    def __init__(self, pixels: NDArray[np.uint8], shapes: NDArray[np.int64]) -> None:
        """`pixels` is flat; `shapes` int64 (n, 2) holds height and width of each picture."""
        self._pixels = pixels
        self._shapes = shapes
        self._starts = np.concatenate([[0], np.cumsum(shapes.prod(axis=1) * 4)])

    def __getitem__(self, row: int) -> NDArray[np.uint8]:
        """uint8 (height, width, 4), RGBA, cropped to what shows."""
        start, end = self._starts[row], self._starts[row + 1]
        return self._pixels[start:end].reshape(*self._shapes[row], 4)


@dataclasses.dataclass(frozen=True)
class Material:
    """The pictures a training may use: rows of the sprites, their labels."""

    sprites: Sprites
    pictures: Sequence[Picture]  # of the whole dataset; `rows` says which of them
    rows: NDArray[np.int64]
    names: Sequence[str]  # classes of characters


def load_sprites(dataset: Dataset, pictures: Sequence[Picture], reach: int, work: Path) -> Sprites:
    """Decode all pictures, no side longer than `reach` pixels.

    Args:
        work: folder for the cache where memory does not hold it.
    """
    decoded: Callable[[Picture], NDArray[np.uint8]] = lambda p: sprite(dataset.read(p), reach)  # noqa: E731
    worst = len(pictures) * reach * reach * 4
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    if worst <= free / 2:
        log.info("%d pictures are kept in memory", len(pictures))
        arrays = [decoded(p) for p in pictures]
        flat = np.concatenate([a.reshape(-1) for a in arrays])
        return Sprites(flat, np.array([a.shape[:2] for a in arrays]))
    file = work / "sprites.u8"
    log.info("%d pictures are kept on disk, in %s", len(pictures), file)
    shapes = []
    with file.open("wb") as out:
        for picture in pictures:
            array = decoded(picture)
            shapes.append(array.shape[:2])
            out.write(array.tobytes())
    return Sprites(np.memmap(file, np.uint8, mode="r"), np.array(shapes))


def sprite(data: bytes, reach: int) -> NDArray[np.uint8]:
    """Decode one picture: uint8 (h, w, 4) RGBA, empty borders cut off, at most `reach` a side."""
    with Image.open(io.BytesIO(data)) as image:
        rgba = ImageOps.exif_transpose(image).convert("RGBA")
    box = rgba.getchannel("A").point(lambda a: 255 if a > 8 else 0).getbbox()
    rgba = rgba.crop(box) if box else rgba
    if max(rgba.size) > reach:
        rgba.thumbnail((reach, reach), Image.Resampling.BILINEAR)  # weighs colour by alpha itself
    return np.array(rgba)
