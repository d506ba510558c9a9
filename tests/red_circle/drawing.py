"""Drawn pictures: one shape in one colour on a noisy background. A red circle is the target."""

import io
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

RED = (214, 38, 40)
COLOURS = ((36, 92, 200), (40, 150, 70), (240, 190, 30), (120, 60, 170))  # none is near red
SHAPES = ("circle", "square", "triangle")


class Drawing(NamedTuple):
    """A picture and whether it shows a red circle."""

    image: Image.Image
    is_red_circle: bool


def draw(seed: int, *, red_circle: bool, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """One RGB picture of `size`, the same for the same seed.

    Without a red circle it shows a circle of another colour or another shape in any colour.
    """
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 40, (size[1] // 4 + 1, size[0] // 4 + 1, 3)) + rng.integers(120, 215)
    image = Image.fromarray(noise.astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
    shape = "circle" if red_circle else str(rng.choice(SHAPES))
    colours = COLOURS if shape == "circle" else (RED, *COLOURS)
    base = RED if red_circle else colours[rng.integers(len(colours))]
    colour = tuple(int(v) for v in np.clip(np.array(base) + rng.integers(-15, 16, 3), 0, 255))
    short = min(size)
    radius = rng.uniform(0.26, 0.38) * short
    x = rng.uniform(radius, size[0] - radius)
    y = rng.uniform(radius, size[1] - radius)
    _paint(ImageDraw.Draw(image), shape, (x, y, radius), colour)
    return image


def _paint(
    canvas: ImageDraw.ImageDraw, shape: str, at: tuple[float, float, float], colour: tuple[int, ...]
) -> None:
    """Fill a shape with centre and radius `at`, in pixels."""
    if shape == "circle":
        canvas.circle(at[:2], at[2], fill=colour)
    else:
        sides = 4 if shape == "square" else 3
        canvas.regular_polygon(at, sides, rotation=0, fill=colour)


def drawings(seed: int, count: int) -> Iterator[Drawing]:
    """`count` drawings, every second a red circle."""
    for n in range(count):
        is_red_circle = n % 2 == 0
        yield Drawing(draw(seed * 1_000_003 + n, red_circle=is_red_circle), is_red_circle)


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    """The picture as a file's bytes; `kind` is one of Pillow's format names."""
    buffer = io.BytesIO()
    image.save(buffer, kind, compress_level=1)  # for PNG: the usual level takes ten times as long
    return buffer.getvalue()
