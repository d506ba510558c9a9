"""Compose one training picture from a few others, and distort it.

The result depends on the random generator alone. Cut-outs are pasted on backgrounds at many
scales, alone or beside others. Opaque pictures fill the square, and are cropped if a part of them
still shows their character. The scales match the regions of the sieve.
"""

from __future__ import annotations

import dataclasses
import io
import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

BILINEAR = Image.Resampling.BILINEAR
Part = Literal["any", "middle", "whole"]


@dataclasses.dataclass(frozen=True)
class AugmentConfig:
    """How cut-outs are placed and how strongly pictures are distorted."""

    scale: tuple[float, float] = (0.4, 1.3)  # longer side of a lone cut-out, in squares
    close: float = 0.25  # fraction of cut-outs so large that the square shows only a part
    closest: float = 2.4  # largest scale of those, in squares
    upper_body: float = 0.5  # fraction of tall cut-outs reduced to their upper part
    multi_scale: tuple[float, float] = (0.35, 0.8)  # longer side of one of several, in squares
    middle: tuple[float, float] = (1.0, 3.0)  # longer side of a picture cut to its middle
    noise: float = 1.0  # strength of colour, blur and compression; 0: none


@dataclasses.dataclass(frozen=True)
class Cutout:
    """A picture to paste, and the part that must stay visible for its label to hold."""

    pixels: NDArray[np.uint8]  # RGBA (h, w, 4)
    part: Part = "any"


@dataclasses.dataclass(frozen=True)
class Scene:
    """A finished training picture."""

    pixels: NDArray[np.uint8]  # (side, side, 3), RGB
    areas: tuple[float, ...]  # of each cut-out, relative; the sum is 1


def compose(
    cutouts: Sequence[Cutout],
    backdrop: NDArray[np.uint8] | None,
    side: int,
    rng: Generator,
    config: AugmentConfig,
) -> Scene:
    """Paste the cut-outs in random order on one square.

    Args:
        cutouts: the subject first.
        backdrop: uint8 (h, w, 4) RGBA of a scene without a character; None: a plain background.
    """
    canvas = draw_background(backdrop, side, rng)
    alone = len(cutouts) == 1
    sizes = np.zeros(len(cutouts))
    for n in rng.permutation(len(cutouts)):
        sizes[n] = _paste(canvas, cutouts[n], side, rng, config, alone=alone)
    areas = tuple((sizes / sizes.sum()).tolist())
    return Scene(np.asarray(distort(canvas, rng, config.noise)), areas)


def draw_background(backdrop: NDArray[np.uint8] | None, side: int, rng: Generator) -> Image.Image:
    """Return an RGB square: a crop of the backdrop, white, one colour or a gradient."""
    if backdrop is not None:
        height, width = backdrop.shape[:2]
        edge = max(8, int(min(height, width) * rng.uniform(0.4, 1.0)))
        x = int(rng.integers(0, width - edge + 1)) if width > edge else 0
        y = int(rng.integers(0, height - edge + 1)) if height > edge else 0
        part = Image.fromarray(backdrop[y : y + edge, x : x + edge]).resize((side, side), BILINEAR)
        under = Image.new("RGBA", part.size, _draw_colour(rng))
        return Image.alpha_composite(under, part).convert("RGB")
    kind = rng.random()
    if kind < 0.45:
        return Image.new("RGB", (side, side), "white")
    if kind < 0.7:
        return Image.new("RGB", (side, side), _draw_colour(rng))
    ramp = Image.linear_gradient("L").rotate(int(rng.integers(4)) * 90).resize((side, side))
    upper, lower = (Image.new("RGB", (side, side), _draw_colour(rng)) for _ in range(2))
    return Image.composite(upper, lower, ramp)


def _draw_colour(rng: Generator) -> tuple[int, int, int]:
    red, green, blue = (int(v) for v in rng.integers(0, 256, 3))
    return red, green, blue


def _paste(
    canvas: Image.Image,
    cutout: Cutout,
    side: int,
    rng: Generator,
    config: AugmentConfig,
    *,
    alone: bool,
) -> float:
    """Paste one cut-out. Returns the root of the area that it covers, in squares."""
    figure, any_part = Image.fromarray(cutout.pixels), cutout.part == "any"
    if rng.random() < 0.5:
        figure = figure.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    opaque = figure.getchannel("A").getextrema() == (255, 255)
    tall = figure.height > 1.4 * figure.width
    if any_part and tall and rng.random() < config.upper_body:
        cut = figure.height * rng.uniform(0.35, 0.7)
        figure = figure.crop((0, 0, figure.width, max(8, int(cut))))
    close = any_part and alone and rng.random() < config.close
    if close:
        scale = rng.uniform(config.scale[1], config.closest)
    elif not alone:
        scale = rng.uniform(*config.multi_scale)
    elif any_part:
        scale = rng.uniform(*config.scale)
        if opaque:
            scale = max(scale, rng.uniform(0.8, 1.3))  # a whole picture fills its square
    else:
        scale = rng.uniform(*config.middle) if cutout.part == "middle" else rng.uniform(0.6, 1.0)
    factor = scale * side / max(figure.size)
    width, height = (max(4, round(edge * factor)) for edge in figure.size)
    figure = figure.resize((width, height), BILINEAR)
    if not opaque and rng.random() < 0.4:
        figure = figure.rotate(rng.uniform(-18, 18), BILINEAR, expand=True)
    x, y = (_draw_offset(edge, side, rng, cutout.part) for edge in figure.size)
    if close:
        y = int(rng.uniform(0.0, 0.35) * side - 0.12 * height)  # aim at the face
    canvas.paste(figure, (x, y), figure)
    return math.sqrt(min(1.0, width / side) * min(1.0, height / side))


def _draw_offset(edge: int, side: int, rng: Generator, part: Part) -> int:
    """Draw a position. A cut-out larger than the square covers it; a smaller one may stick out."""
    slack = side - edge
    if part == "middle":
        return int(slack / 2 + rng.uniform(-0.2, 0.2) * side)
    margin = 0.0 if part == "whole" else 0.12 * min(edge, side)
    low, high = min(0, slack) - margin, max(0, slack) + margin
    return int(rng.uniform(low, high))


def distort(picture: Image.Image, rng: Generator, strength: float) -> Image.Image:
    """Change colour and contrast, hide a patch, blur, reduce and compress, each by chance."""
    if strength == 0:
        return picture
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        if rng.random() < 0.5:
            picture = enhancer(picture).enhance(1 + strength * rng.uniform(-0.35, 0.35))
    if rng.random() < 0.25:
        tint = 1 + strength * rng.uniform(-0.12, 0.12, 3)
        table = np.clip(np.arange(256)[None] * tint[:, None], 0, 255).astype(np.uint8)
        picture = picture.point(table.ravel().tolist())
    if rng.random() < 0.2:
        picture = _hide_a_patch(picture, rng)
    if rng.random() < 0.15:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5)))
    if rng.random() < 0.2:
        edge = int(picture.width * rng.uniform(0.4, 0.9))
        picture = picture.resize((edge, edge), BILINEAR).resize(picture.size, BILINEAR)
    if rng.random() < 0.3:
        picture = _compress(picture, int(rng.integers(30, 92)))
    return picture


def _hide_a_patch(picture: Image.Image, rng: Generator) -> Image.Image:
    """Draw one flat rectangle, a tenth to a third of the square wide."""
    side = picture.width
    width, height = (int(side * rng.uniform(0.1, 0.35)) for _ in range(2))
    x, y = int(rng.integers(0, side - width)), int(rng.integers(0, side - height))
    picture = picture.copy()
    picture.paste(_draw_colour(rng), (x, y, x + width, y + height))
    return picture


def _compress(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")
