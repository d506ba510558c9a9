"""The drawings of the demo: figures with hats and hair, and landscapes, the same ones each time."""

from __future__ import annotations

import random
from collections.abc import Iterator

from PIL import Image, ImageDraw

SIDE = 512
"""Pixels. Drawn at twice the side and scaled down, so that edges are smooth."""
_SCALE = 2

Colour = tuple[int, int, int]
_SKINS: tuple[Colour, ...] = ((252, 226, 205), (245, 208, 180), (214, 164, 128))
_HAIRS: tuple[Colour, ...] = ((196, 92, 60), (242, 214, 130), (120, 170, 120), (230, 150, 180))
_SKIES: tuple[Colour, ...] = ((150, 196, 235), (246, 190, 150), (38, 40, 92), (205, 222, 226))
NIGHT: Colour = (44, 38, 92)
GOLD: Colour = (236, 190, 84)


def draw_all() -> Iterator[tuple[str, Image.Image]]:
    """Yield 24 drawings with their names: 8 witches, 8 other figures, 8 landscapes."""
    for number in range(1, 9):
        yield f"witches/witch-{number}.png", _draw_figure(number, is_witch=True)
        yield f"others/figure-{number}.png", _draw_figure(100 + number, is_witch=False)
        yield f"others/landscape-{number}.png", _draw_landscape(200 + number)


class _Canvas:
    """A square picture in which lengths are fractions of its side."""

    def __init__(self, ground: Colour) -> None:
        side = SIDE * _SCALE
        self.image = Image.new("RGB", (side, side), ground)
        self._draw = ImageDraw.Draw(self.image)

    def fill(self, colour: Colour, *points: tuple[float, float]) -> None:
        """Fill a polygon."""
        self._draw.polygon([self._place(point) for point in points], fill=colour)

    def ellipse(self, colour: Colour, x: float, y: float, width: float, height: float) -> None:
        """Fill an ellipse around a point."""
        box = [self._place((x - width, y - height)), self._place((x + width, y + height))]
        self._draw.ellipse(box, fill=colour)

    def line(self, colour: Colour, width: float, *points: tuple[float, float]) -> None:
        """Draw a line with round joints."""
        places = [self._place(point) for point in points]
        self._draw.line(places, fill=colour, width=round(width * SIDE * _SCALE), joint="curve")

    def star(self, colour: Colour, x: float, y: float, radius: float) -> None:
        """Fill a star with four points."""
        inner = radius / 4
        corners = [(0, -radius), (inner, -inner), (radius, 0), (inner, inner)]
        self.fill(colour, *((x + a, y + b) for a, b in corners + [(-a, -b) for a, b in corners]))

    def finish(self) -> Image.Image:
        """Return the picture in its own size."""
        return self.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)

    @staticmethod
    def _place(point: tuple[float, float]) -> tuple[float, float]:
        return point[0] * SIDE * _SCALE, point[1] * SIDE * _SCALE


def _draw_figure(seed: int, *, is_witch: bool) -> Image.Image:
    """Draw one figure from head to waist: a witch in blue and gold, or somebody else."""
    rng = random.Random(seed)  # noqa: S311 - a drawing
    canvas = _Canvas(rng.choice(_SKIES))
    x, y = 0.5 + rng.uniform(-0.08, 0.08), 0.46 + rng.uniform(-0.03, 0.03)
    hair = NIGHT if is_witch else rng.choice(_HAIRS)
    cloth = (58, 50, 120) if is_witch else rng.choice(_HAIRS)
    skin = rng.choice(_SKINS[:2] if is_witch else _SKINS)
    _draw_hair_behind(canvas, hair, x, y, is_long=is_witch or rng.random() < 0.5)
    canvas.fill(cloth, (x - 0.28, 1.0), (x - 0.12, y + 0.24), (x + 0.12, y + 0.24), (x + 0.28, 1.0))
    canvas.fill(
        skin,
        (x - 0.05, y + 0.12),
        (x + 0.05, y + 0.12),
        (x + 0.07, y + 0.3),
        (x, y + 0.36),
        (x - 0.07, y + 0.3),
    )
    canvas.ellipse(skin, x, y, 0.15, 0.17)
    _draw_face(canvas, x, y, rng, hair)
    if is_witch:
        _draw_hat(canvas, x, y, tilt=rng.uniform(-0.05, 0.05))
        canvas.star(GOLD, x, y + 0.42, 0.05)
    return canvas.finish()


def _draw_hair_behind(canvas: _Canvas, hair: Colour, x: float, y: float, *, is_long: bool) -> None:
    canvas.ellipse(hair, x, y - 0.02, 0.19, 0.2)
    if is_long:
        for side in (-1, 1):
            ends = (x + side * 0.26, y + 0.5), (x + side * 0.18, y + 0.56)
            canvas.fill(hair, (x + side * 0.1, y), (x + side * 0.2, y - 0.04), *ends)


def _draw_face(canvas: _Canvas, x: float, y: float, rng: random.Random, hair: Colour) -> None:
    iris = rng.choice(((60, 130, 120), (70, 90, 170), (130, 80, 50)))
    for side in (-1, 1):
        canvas.ellipse((255, 255, 255), x + side * 0.065, y + 0.03, 0.035, 0.042)
        canvas.ellipse(iris, x + side * 0.065, y + 0.035, 0.024, 0.034)
        canvas.ellipse((20, 18, 40), x + side * 0.065, y + 0.038, 0.012, 0.02)
        canvas.ellipse((255, 255, 255), x + side * 0.065 + 0.008, y + 0.022, 0.007, 0.009)
        canvas.line((40, 30, 50), 0.008, (x + side * 0.03, y), (x + side * 0.1, y - 0.005))
        canvas.ellipse((248, 180, 170), x + side * 0.1, y + 0.09, 0.025, 0.012)
    canvas.line((170, 80, 80), 0.006, (x - 0.025, y + 0.11), (x, y + 0.117), (x + 0.025, y + 0.11))
    top, brow = y - 0.19, y - 0.02
    canvas.fill(
        hair,
        (x - 0.16, y),
        (x - 0.15, top + 0.04),
        (x, top),
        (x + 0.15, top + 0.04),
        (x + 0.16, y),
        (x + 0.1, brow - 0.03),
        (x + 0.05, brow),
        (x, brow - 0.05),
        (x - 0.06, brow),
        (x - 0.1, brow - 0.03),
    )


def _draw_hat(canvas: _Canvas, x: float, y: float, *, tilt: float) -> None:
    """A wide hat with a golden band and a star."""
    blue = (52, 46, 112)
    canvas.ellipse(blue, x, y - 0.13, 0.33, 0.07)
    canvas.fill(
        blue,
        (x - 0.18, y - 0.14),
        (x - 0.08 + tilt, y - 0.36),
        (x + 0.1 + 3 * tilt, y - 0.44),
        (x + 0.06 + tilt, y - 0.3),
        (x + 0.18, y - 0.14),
    )
    canvas.line(GOLD, 0.02, (x - 0.17, y - 0.155), (x, y - 0.14), (x + 0.17, y - 0.155))
    canvas.star(GOLD, x + 0.13, y - 0.17, 0.06)


def _draw_landscape(seed: int) -> Image.Image:
    """Draw hills below a sun or a moon."""
    rng = random.Random(seed)  # noqa: S311 - a drawing
    canvas = _Canvas(rng.choice(_SKIES))
    canvas.ellipse((250, 236, 190), rng.uniform(0.2, 0.8), rng.uniform(0.15, 0.35), 0.09, 0.09)
    for layer in range(3):
        shade = 150 - 35 * layer + rng.randint(-15, 15)
        height = 0.5 + 0.15 * layer
        ridge = [(n / 6, height + rng.uniform(-0.08, 0.08)) for n in range(7)]
        canvas.fill((shade - 50, shade, shade - 30), (0, 1), *ridge, (1, 1))
    for _ in range(rng.randint(2, 6)):
        x, y = rng.uniform(0.1, 0.9), rng.uniform(0.75, 0.95)
        canvas.fill((40, 84, 60), (x - 0.05, y), (x, y - 0.2), (x + 0.05, y))
    return canvas.finish()
