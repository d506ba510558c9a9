"""Archives of drawn pictures to measure with, the same for the same seed."""

import io
import itertools
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

FULL_HD = (1920, 1080)
QUARTER_HD = (960, 540)
SEED = 20_240


def draw(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """One RGB picture of about the detail of drawn art: shading, filled shapes, fine lines."""
    width, height = size
    small = rng.integers(0, 256, (9, 16, 3), dtype=np.uint8)
    image = Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)
    canvas = ImageDraw.Draw(image)
    for _ in range(120):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        radius = int(rng.integers(8, width // 12))
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius // 2), fill=_colour(rng))
    for _ in range(400):
        ends = [(int(rng.integers(width)), int(rng.integers(height))) for _ in range(2)]
        canvas.line(ends, fill=_colour(rng), width=2)
    return image


def _colour(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(value) for value in rng.integers(0, 256, 3))


def encoded(jpegs: int, pngs: int, size: tuple[int, int]) -> list[tuple[str, bytes]]:
    """(suffix, bytes) of drawn pictures; the PNGs lie evenly between the JPEGs."""
    rng = np.random.default_rng(SEED)
    every = (jpegs + pngs) // pngs
    files = []
    for number in range(jpegs + pngs):
        buffer = io.BytesIO()
        if number % every == every - 1:
            draw(rng, size).save(buffer, "PNG")
            files.append(("png", buffer.getvalue()))
        else:
            draw(rng, size).save(buffer, "JPEG", quality=90)
            files.append(("jpg", buffer.getvalue()))
    return files


def write_archive(file: Path, files: list[tuple[str, bytes]], members: int) -> None:
    """Write a stored zip of `members` pictures: the files, again and again."""
    with zipfile.ZipFile(file, "w") as archive:
        for number, (suffix, data) in enumerate(itertools.islice(itertools.cycle(files), members)):
            archive.writestr(f"{number:06}.{suffix}", data)
