"""Pages of comics and of text, made from drawings: too few real ones are known to learn from.

A page is drawn by lot, so that no two are alike: panels or columns, balloons, paper, ink, noise.
Letters are those of Pillow's own font or scribbles like Chinese ones. No real page is in it.
"""

import io
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

Box = tuple[int, int, int, int]  # left, top, right, bottom, pixels
Colour = tuple[int, int, int]

T = TypeVar("T")
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
SIDES = (420, 900)
"""Pixels: the shortest and the longest page, along its longer side."""


class PageMaker:
    """Makes pages from drawings by lot."""

    def __init__(self, drawings: Sequence[Callable[[], Image.Image]], seed: int) -> None:
        """Take drawings, which are opened when they are needed."""
        self._drawings = drawings
        self._rng = np.random.default_rng(seed)

    def make(self) -> Image.Image:
        """Return an RGB page as it lies in an archive: of comics or of text, in equal shares."""
        page = self._draw_comic() if self._happens(0.5) else self._draw_text_page()
        return self._print_and_scan(page)

    def _draw_comic(self) -> Image.Image:
        rng = self._rng
        page = self._open_page(spreads=0.15)
        ground = self._choose(((0.65, WHITE), (0.25, BLACK), (0.1, self._draw_colour())))
        page.paste(ground, (0, 0, *page.size))
        style = self._choose_style()
        margin = int(rng.uniform(0, 0.07) * min(page.size))
        gutter = max(2, int(rng.uniform(0.006, 0.03) * min(page.size)))
        frame = int(rng.integers(0, 4))
        for box in self._divide(_shrink((0, 0, *page.size), margin), gutter):
            self._draw_panel(page, box, style, ground, frame)
        return page

    def _draw_panel(
        self,
        page: Image.Image,
        box: Box,
        style: Callable[[Image.Image], Image.Image],
        ground: Colour,
        frame: int,
    ) -> None:
        rng = self._rng
        ink = BLACK if sum(ground) > 380 else WHITE
        draw = ImageDraw.Draw(page)
        if self._happens(0.07):  # words only
            self._write(page, _shrink(box, 6), ink)
            return
        width, height = box[2] - box[0], box[3] - box[1]
        panel = style(ImageOps.fit(self._open_drawing(), (width, height), centering=(0.5, 0.3)))
        slant = int(rng.uniform(-0.12, 0.12) * height) if self._happens(0.15) else 0
        corners = [
            (box[0], box[1] + max(0, slant)),
            (box[2], box[1] + max(0, -slant)),
            (box[2], box[3]),
            (box[0], box[3]),
        ]
        mask = Image.new("L", page.size)
        ImageDraw.Draw(mask).polygon(corners, fill=255)
        whole = page.copy()
        whole.paste(panel, box[:2])
        page.paste(whole, mask=mask)
        if frame:
            draw.line([*corners, corners[0]], fill=ink, width=frame)
        for _ in range(int(rng.choice([0, 1, 1, 2, 3]))):
            self._draw_balloon(page, box)

    def _draw_balloon(self, page: Image.Image, box: Box) -> None:
        rng = self._rng
        draw = ImageDraw.Draw(page)
        width = int(rng.uniform(0.2, 0.6) * (box[2] - box[0]))
        height = int(rng.uniform(0.15, 0.5) * (box[3] - box[1]))
        left = int(rng.uniform(box[0] - 0.1 * width, box[2] - 0.9 * width))
        top = int(rng.uniform(box[1] - 0.1 * height, box[3] - 0.9 * height))
        balloon = (left, top, left + width, top + height)
        fill, ink = (WHITE, BLACK) if self._happens(0.92) else (BLACK, WHITE)
        if self._happens(0.75):
            draw.ellipse(balloon, fill=fill, outline=ink, width=int(rng.integers(1, 3)))
        else:
            draw.rectangle(balloon, fill=fill, outline=ink)
        self._write(page, _shrink(balloon, int(0.17 * min(width, height))), ink, centred=True)

    def _divide(self, box: Box, gutter: int) -> list[Box]:
        """Return 2 to 9 panels: rows of uneven height, each of uneven parts; or columns of such."""
        rng = self._rng
        width, height = box[2] - box[0], box[3] - box[1]
        if width > 1.15 * height:  # two pages beside each other
            middle = (box[0] + box[2]) // 2
            halves = ((box[0], box[1], middle - gutter, box[3]), (middle + gutter, *box[1:]))
            return [panel for half in halves for panel in self._divide(half, gutter)]
        rows = self._cut(box[1], box[3], int(rng.integers(2, 5)), gutter)
        panels: list[Box] = []
        for top, bottom in rows:
            most = 3 if len(rows) < 4 else 2
            parts = self._cut(box[0], box[2], int(rng.integers(1, most + 1)), gutter)
            panels += [(left, top, right, bottom) for left, right in parts]
        return panels

    def _cut(self, start: int, end: int, parts: int, gap: int) -> list[tuple[int, int]]:
        shares = self._rng.uniform(1, 2.5, parts)
        edges = start + np.concatenate([[0], np.cumsum(shares / shares.sum())]) * (end - start)
        return [
            (int(a) + gap * (number > 0), int(b)) for number, (a, b) in enumerate(_pairs(edges))
        ]

    def _choose_style(self) -> Callable[[Image.Image], Image.Image]:
        return self._choose(
            ((0.4, lambda panel: panel), (0.4, self._ink), (0.2, lambda panel: _turn_grey(panel)))
        )

    def _ink(self, panel: Image.Image) -> Image.Image:
        """Return a drawing as ink on paper: lines, black areas and perhaps dots."""
        grey = ImageOps.autocontrast(panel.convert("L"))
        soft = grey.filter(ImageFilter.GaussianBlur(2))
        lines = ImageChops.subtract(grey, soft, scale=0.25, offset=255)
        dark = grey.point(lambda value: 0 if value < 60 else 255)
        inked = ImageChops.darker(lines, dark)
        if self._happens(0.5):
            rows, columns = np.indices((inked.height, inked.width))
            step = int(self._rng.integers(3, 6))
            dots = np.where((rows % step == 0) & (columns % step == 0), 0, 255).astype(np.uint8)
            tone = np.where(np.asarray(grey) < 140, dots, 255).astype(np.uint8)
            inked = ImageChops.darker(inked, Image.fromarray(tone))
        return inked.convert("RGB")

    def _draw_text_page(self) -> Image.Image:
        rng = self._rng
        page = self._open_page(spreads=0.2)
        dark = self._happens(0.2)
        paper = self._draw_colour(dark=dark) if dark or self._happens(0.3) else WHITE
        page.paste(paper, (0, 0, *page.size))
        ink = self._draw_colour(dark=not dark) if self._happens(0.3) else (WHITE if dark else BLACK)
        margin = int(rng.uniform(0.03, 0.13) * min(page.size))
        left, top, right, bottom = _shrink((0, 0, *page.size), margin)
        if self._happens(0.5):  # a heading
            high = int(rng.uniform(0.04, 0.1) * page.height)
            self._write(page, (left, top, right, top + high), ink, size=int(high * 0.6))
            top += high + 4
        gap = max(8, margin // 2)
        columns = self._cut(left, right, int(rng.choice([1, 1, 1, 2, 2, 3])), gap)
        size = int(rng.uniform(0.012, 0.03) * max(page.size)) + 4
        for start, end in columns:
            self._fill_column(page, (start, top, end, bottom), ink, size)
        return page

    def _fill_column(self, page: Image.Image, box: Box, ink: Colour, size: int) -> None:
        """Write paragraphs down a column, with a picture or a table here and there."""
        rng = self._rng
        left, top, right, bottom = box
        if self._happens(0.2):
            bottom = int(top + rng.uniform(0.4, 1) * (bottom - top))
        while top < bottom - 2 * size:
            height = int(min(bottom - top, rng.uniform(3, 14) * size))
            part = (left, top, right, top + height)
            what = rng.uniform()
            if what < 0.1:
                width = max(16, int(rng.uniform(0.3, 1) * (right - left)))
                picture = ImageOps.fit(self._open_drawing(), (width, height))
                page.paste(picture, (int(rng.choice([left, right - width])), top))
            elif what < 0.2:
                self._draw_table(page, part, ink, size)
            else:
                self._write(page, part, ink, size=size)
            top += height + int(rng.uniform(0.4, 1.6) * size)

    def _draw_table(self, page: Image.Image, box: Box, ink: Colour, size: int) -> None:
        draw = ImageDraw.Draw(page)
        columns = self._cut(box[0], box[2], int(self._rng.integers(2, 5)), 0)
        for top in range(box[1], box[3] - size, int(size * 1.6)):
            for left, right in columns:
                cell = (left, top, right, top + int(size * 1.6))
                draw.rectangle(cell, outline=ink)
                self._write(page, _shrink(cell, 3), ink, size=size)

    def _write(
        self,
        page: Image.Image,
        box: Box,
        ink: Colour,
        *,
        size: int | None = None,
        centred: bool = False,
    ) -> None:
        """Fill a box with lines of made words."""
        rng = self._rng
        left, top, right, bottom = box
        if size is None:
            size = max(5, int(rng.uniform(0.014, 0.03) * max(page.size)))
        if right - left < size or bottom - top < size:
            return
        draw = ImageDraw.Draw(page)
        scribbles = self._happens(0.4)
        font = ImageFont.load_default(size)
        pitch = int(size * rng.uniform(1.1, 1.6)) + 1
        for line in range(top, bottom - size + 1, pitch):
            width = right - left
            if centred or line + pitch > bottom - size:
                width = int(width * rng.uniform(0.4, 1))
            start = left + (right - left - width) // 2 if centred else left
            if scribbles:
                self._scribble(draw, (start, line, start + width, line + size), ink)
            else:
                words = self._make_words(width // max(3, size // 2))
                while words and draw.textlength(words, font) > width:
                    words = words[:-1]
                draw.text((start, line), words, ink, font)

    def _make_words(self, letters: int) -> str:
        drawn = self._rng.choice(list("eeeeaaaittooonnsrhldcumfpgwybvk"), max(1, letters))
        gaps = self._rng.uniform(size=len(drawn)) < 0.17
        return "".join(np.where(gaps, " ", drawn))

    def _scribble(self, draw: ImageDraw.ImageDraw, box: Box, ink: Colour) -> None:
        """Draw a line of signs of four to eight strokes each."""
        rng = self._rng
        left, top, right, bottom = box
        size = bottom - top
        for start in range(left, right - size + 1, size + 1):
            if rng.uniform() < 0.07:
                continue
            for _ in range(int(rng.integers(4, 9))):
                x, y = rng.integers(0, size, 2).tolist()
                far = int(rng.integers(size // 2, size))
                right_x, low_y = min(x + far, size - 1), min(y + far, size - 1)
                end = (right_x, y) if rng.uniform() < 0.5 else (x, low_y)
                draw.line((start + x, top + y, start + end[0], top + end[1]), fill=ink)

    def _print_and_scan(self, page: Image.Image) -> Image.Image:
        """Return the page as a scanner, a camera or a program leaves it."""
        rng = self._rng
        if self._happens(0.25):  # yellowed paper, pale ink
            paper = np.array([rng.uniform(0.85, 1), rng.uniform(0.8, 0.97), rng.uniform(0.65, 0.9)])
            pale = rng.uniform(0, 40)
            pixels = (np.asarray(page, np.float32) * (255 - pale) / 255 + pale) * paper
            page = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        if self._happens(0.2):
            angle = float(rng.normal(0, 1))
            page = page.rotate(angle, Image.Resampling.BILINEAR, fillcolor=page.getpixel((0, 0)))
        if self._happens(0.3):
            noise = rng.normal(0, rng.uniform(2, 14), (page.height, page.width, 1))
            pixels = np.asarray(page, np.float32) + noise
            page = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        if self._happens(0.2):
            page = _turn_grey(page)
        if self._happens(0.5):
            page.save(file := io.BytesIO(), "JPEG", quality=int(rng.integers(50, 95)))
            page = Image.open(file)
        return page

    def _open_page(self, *, spreads: float) -> Image.Image:
        long = int(self._rng.integers(*SIDES))
        short = int(long * self._rng.uniform(0.6, 0.8))
        return Image.new("RGB", (long, short) if self._happens(spreads) else (short, long))

    def _open_drawing(self) -> Image.Image:
        drawing = self._drawings[int(self._rng.integers(len(self._drawings)))]().convert("RGBA")
        if self._happens(0.5):
            drawing = ImageOps.mirror(drawing)
        ground = Image.new("RGBA", drawing.size, (*self._draw_colour(), 255))
        return Image.alpha_composite(ground, drawing).convert("RGB")

    def _draw_colour(self, *, dark: bool | None = None) -> Colour:
        low, high = {None: (0, 256), True: (0, 90), False: (190, 256)}[dark]
        red, green, blue = self._rng.integers(low, high, 3).tolist()
        return red, green, blue

    def _happens(self, probability: float) -> bool:
        return bool(self._rng.uniform() < probability)

    def _choose(self, choices: Sequence[tuple[float, T]]) -> T:
        weights = [weight for weight, _ in choices]
        return choices[int(self._rng.choice(len(choices), p=weights))][1]


def _shrink(box: Box, by: int) -> Box:
    return box[0] + by, box[1] + by, box[2] - by, box[3] - by


def _pairs(edges: np.ndarray) -> list[tuple[float, float]]:
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _turn_grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")
