"""One training picture from a few sprites: pasted, cropped, turned, coloured, blurred, compressed.

Everything is drawn from the generator it is given, so the same seed makes the same picture.
Cut-outs are pasted on other backgrounds at many scales, alone or beside others; opaque pictures are
cropped, where a part still shows who is in them, and laid on the square. The scales are those at
which looks see a picture when it is sieved.
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
class Recipe:
    """How strongly pictures are changed."""

    scale: tuple[float, float] = (0.4, 1.3)  # longer side of a lone figure, in squares
    close: float = 0.25  # share of figures drawn so large that the square shows a part
    closest: float = 2.4  # largest scale of those, in squares
    upper_body: float = 0.5  # share of tall figures cut to their upper part
    crowd_scale: tuple[float, float] = (0.35, 0.8)  # of a figure beside others
    middle: tuple[float, float] = (1.0, 3.0)  # longer side of a picture cut to its middle
    noise: float = 1.0  # 0 leaves out colour, blur and compression


@dataclasses.dataclass(frozen=True)
class Figure:
    """What is pasted, and which part of it still shows whom it is labelled with."""

    pixels: NDArray[np.uint8]  # RGBA (h, w, 4)
    part: Part = "any"


@dataclasses.dataclass(frozen=True)
class Scene:
    """A finished training picture."""

    pixels: NDArray[np.uint8]  # (side, side, 3), RGB
    shares: tuple[float, ...]  # of each figure in what is drawn; adds up to 1


def compose(
    figures: Sequence[Figure],
    backdrop: NDArray[np.uint8] | None,
    side: int,
    rng: Generator,
    recipe: Recipe,
) -> Scene:
    """Draw the figures, the first of which is the subject, on one square.

    Args:
        figures: the others than the subject stand beside it.
        backdrop: RGBA of a scene without anybody; None for a plain background.
    """
    canvas = background(backdrop, side, rng)
    alone = len(figures) == 1
    weights = []
    order = rng.permutation(len(figures))
    for n in order:
        size = _paste(canvas, figures[n], side, rng, recipe, alone=alone)
        weights.append((n, size))
    total = sum(size for _, size in weights)
    shares = tuple(size / total for _, size in sorted(weights))
    return Scene(np.asarray(noisy(canvas, rng, recipe.noise)), shares)


def background(backdrop: NDArray[np.uint8] | None, side: int, rng: Generator) -> Image.Image:
    """An RGB square: a crop of a scene, white, one colour or a gradient."""
    if backdrop is not None:
        height, width = backdrop.shape[:2]
        edge = max(8, int(min(height, width) * rng.uniform(0.4, 1.0)))
        x = int(rng.integers(0, width - edge + 1)) if width > edge else 0
        y = int(rng.integers(0, height - edge + 1)) if height > edge else 0
        part = Image.fromarray(backdrop[y : y + edge, x : x + edge]).resize((side, side), BILINEAR)
        under = Image.new("RGBA", part.size, _colour(rng))
        return Image.alpha_composite(under, part).convert("RGB")
    kind = rng.random()
    if kind < 0.45:
        return Image.new("RGB", (side, side), "white")
    if kind < 0.7:
        return Image.new("RGB", (side, side), _colour(rng))
    ramp = Image.linear_gradient("L").rotate(int(rng.integers(4)) * 90).resize((side, side))
    upper, lower = (Image.new("RGB", (side, side), _colour(rng)) for _ in range(2))
    return Image.composite(upper, lower, ramp)


def _colour(rng: Generator) -> tuple[int, int, int]:
    red, green, blue = (int(v) for v in rng.integers(0, 256, 3))
    return red, green, blue


def _paste(
    canvas: Image.Image,
    pasted: Figure,
    side: int,
    rng: Generator,
    recipe: Recipe,
    *,
    alone: bool,
) -> float:
    """Draw one figure; answers the root of the area it takes, in squares."""
    figure, anyhow = Image.fromarray(pasted.pixels), pasted.part == "any"
    if rng.random() < 0.5:
        figure = figure.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    opaque = figure.getchannel("A").getextrema() == (255, 255)
    tall = figure.height > 1.4 * figure.width
    if anyhow and tall and rng.random() < recipe.upper_body:
        cut = figure.height * rng.uniform(0.35, 0.7)
        figure = figure.crop((0, 0, figure.width, max(8, int(cut))))
    close = anyhow and alone and rng.random() < recipe.close
    if close:
        scale = rng.uniform(recipe.scale[1], recipe.closest)
    elif not alone:
        scale = rng.uniform(*recipe.crowd_scale)
    elif anyhow:
        scale = rng.uniform(*recipe.scale)
        if opaque:
            scale = max(scale, rng.uniform(0.8, 1.3))  # a whole picture fills its square
    else:
        scale = rng.uniform(*recipe.middle) if pasted.part == "middle" else rng.uniform(0.6, 1.0)
    factor = scale * side / max(figure.size)
    width, height = (max(4, round(edge * factor)) for edge in figure.size)
    figure = figure.resize((width, height), BILINEAR)
    if not opaque and rng.random() < 0.4:
        figure = figure.rotate(rng.uniform(-18, 18), BILINEAR, expand=True)
    x, y = (_offset(edge, side, rng, pasted.part) for edge in figure.size)
    if close:
        y = int(rng.uniform(0.0, 0.35) * side - 0.12 * height)  # faces are what tells people apart
    canvas.paste(figure, (x, y), figure)
    return math.sqrt(min(1.0, width / side) * min(1.0, height / side))


def _offset(edge: int, side: int, rng: Generator, part: Part) -> int:
    """Anywhere; a figure larger than the square covers it, a smaller one may stick out a little."""
    slack = side - edge
    if part == "middle":
        return int(slack / 2 + rng.uniform(-0.2, 0.2) * side)
    margin = 0.0 if part == "whole" else 0.12 * min(edge, side)
    low, high = min(0, slack) - margin, max(0, slack) + margin
    return int(rng.uniform(low, high))


def noisy(picture: Image.Image, rng: Generator, strength: float) -> Image.Image:
    """Colour, contrast, a hidden patch, blur, a poorer resolution and JPEG's traces, by chance."""
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
        picture = _compressed(picture, int(rng.integers(30, 92)))
    return picture


def _hide_a_patch(picture: Image.Image, rng: Generator) -> Image.Image:
    """One flat rectangle, a tenth to a third of the square wide."""
    side = picture.width
    width, height = (int(side * rng.uniform(0.1, 0.35)) for _ in range(2))
    x, y = int(rng.integers(0, side - width)), int(rng.integers(0, side - height))
    picture = picture.copy()
    picture.paste(_colour(rng), (x, y, x + width, y + height))
    return picture


def _compressed(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")
