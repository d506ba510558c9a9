"""Line charts as SVG text: the training curves, precision over recall."""

import dataclasses
import html
import math
from collections.abc import Sequence

_WIDTH, _HEIGHT = 520, 300  # units of the drawing; it scales to the page
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 34, 12, 44
_COLOURS = ("#5b3db8", "#c2410c", "#0f766e", "#475569")
_DASHES = ("", "6 4", "2 3", "8 3 2 3")  # for readers who see no colour


@dataclasses.dataclass(frozen=True)
class Line:
    """A name and its points (x, y)."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclasses.dataclass(frozen=True)
class Chart:
    """Lines over common axes. `marks` are labelled x positions, such as the start of a stage."""

    title: str
    x: str
    y: str
    lines: Sequence[Line]
    marks: Sequence[tuple[float, str]] = ()
    unit_axes: bool = False  # both axes go from 0 to 1

    def render(self) -> str:
        """Return the chart as an `<svg>` element, for a page or a file of its own.

        Raises ValueError if there is no point.
        """
        points = [point for line in self.lines for point in line.points]
        if not points:
            raise ValueError(f"{self.title}: there is nothing to draw")
        axes = _Axes(0, 1, 0, 1)
        if not self.unit_axes:
            axes = _Axes(*_find_range([x for x, _ in points]), *_find_range([y for _, y in points]))
        title = html.escape(self.title)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
                f'role="img" aria-label="{title}" font-family="system-ui, sans-serif" '
                'font-size="11" fill="currentColor">',
                f'<text x="{_LEFT}" y="15" font-size="13" font-weight="600">{title}</text>',
                *axes.render(html.escape(self.x), html.escape(self.y)),
                *(
                    p
                    for n, (x, label) in enumerate(self.marks)
                    for p in axes.render_mark(n, x, label)
                ),
                *(part for n, line in enumerate(self.lines) for part in axes.render_line(n, line)),
                "</svg>",
            ]
        )


def _find_range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _choose_ticks(low: float, high: float) -> list[float]:
    """Return at most six round values from low to high."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= rough)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


@dataclasses.dataclass(frozen=True)
class _Axes:
    x0: float
    x1: float
    y0: float
    y1: float

    def project(self, x: float, y: float) -> tuple[float, float]:
        """Return the position in the drawing."""
        right = (x - self.x0) / (self.x1 - self.x0) * (_WIDTH - _LEFT - _RIGHT)
        up = (y - self.y0) / (self.y1 - self.y0) * (_HEIGHT - _TOP - _BOTTOM)
        return round(_LEFT + right, 1), round(_HEIGHT - _BOTTOM - up, 1)

    def render(self, x: str, y: str) -> list[str]:
        parts = []
        for value in _choose_ticks(self.y0, self.y1):
            _, height = self.project(self.x0, value)
            parts.append(
                f'<path d="M{_LEFT} {height}H{_WIDTH - _RIGHT}" stroke="currentColor" '
                'stroke-opacity=".15"/>'
                f'<text x="{_LEFT - 6}" y="{height + 4}" text-anchor="end">{value:.3g}</text>'
            )
        for value in _choose_ticks(self.x0, self.x1):
            left, _ = self.project(value, self.y0)
            parts.append(
                f'<text x="{left}" y="{_HEIGHT - _BOTTOM + 15}" text-anchor="middle">'
                f"{value:.3g}</text>"
            )
        parts.append(f'<text x="{_WIDTH - _RIGHT}" y="15" text-anchor="end">{y}</text>')
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        parts.append(f'<text x="{middle}" y="{_HEIGHT - 10}" text-anchor="middle">{x}</text>')
        return parts

    def render_mark(self, number: int, x: float, label: str) -> list[str]:
        left, _ = self.project(x, self.y0)
        height = _HEIGHT - _BOTTOM - 5 - 12 * (number % 4)  # so that close ones do not overlap
        return [
            f'<path d="M{left} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="currentColor" '
            'stroke-opacity=".35" stroke-dasharray="3 3"/>',
            f'<text x="{left + 3}" y="{height}" fill-opacity=".7">{html.escape(label)}</text>',
        ]

    def render_line(self, number: int, line: Line) -> list[str]:
        colour = _COLOURS[number % len(_COLOURS)]
        dash = _DASHES[number % len(_DASHES)]
        path = " ".join(f"{x},{y}" for x, y in (self.project(*point) for point in line.points))
        left = _LEFT + 8 + 110 * number
        return [
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}" stroke-linejoin="round"/>',
            f'<path d="M{left} 28h18" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
            f'<text x="{left + 22}" y="32">{html.escape(line.name)}</text>',
        ]
