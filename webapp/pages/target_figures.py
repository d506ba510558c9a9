"""Format a card's figures as text.

A figure is a number, or a value with its interval. Figures that belong together, such as those at
one threshold, form a group. Cards may hold any figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

LABELS = {
    "ap": "Average precision",
    "f1": "F1",
    "best_f1": "Best F1",
    "precision_95": "95 % right",
    "at_0.95": "At 95 %",
    "at_0.5": "At 50 %",
    "positives": "Pictures of the character",
    "own_pictures": "Of them, this character's own",
    "prevalence": "How many of the test's pictures show the character",
    "precision": "Right, of those kept",
    "recall": "Found, of those there are",
    "positive_artworks": "Artworks",
    "wrongly_kept": "Kept by mistake",
}

CHARTS = ("threshold_curve", "reliability")
"""Figures that have a chart and a table of their own."""

THRESHOLD_USES = {
    "unsure": "Pictures from here up to your setting are unsure.",
    "best_f1": "Balanced: misses few, keeps few wrong ones (best F1).",
    "precision_95": "Few mistakes: the lowest setting at which 95 of 100 kept pictures were right "
    "in our test.",
}
"""The use of each threshold that a card recommends."""


class FigureText(NamedTuple):
    """One figure; `interval` is empty if the card has none."""

    name: str
    value: str
    interval: str


class FigureTable(NamedTuple):
    """Groups as rows, with a column for every figure that one of them has."""

    columns: list[str]
    rows: list[tuple[str, list[FigureText | None]]]


def list_single_figures(figures: Mapping[str, Any]) -> list[FigureText]:
    """Return the figures outside groups and charts."""
    return [
        format_figure(key, value)
        for key, value in figures.items()
        if not is_group(value) and key not in CHARTS
    ]


def group_figures(figures: Mapping[str, Any]) -> FigureTable:
    """Return the figures in groups, as a table."""
    groups = {key: value for key, value in figures.items() if is_group(value)}
    columns = list(dict.fromkeys(name for group in groups.values() for name in group))
    rows = [
        (
            format_label(key),
            [format_figure(name, group[name]) if name in group else None for name in columns],
        )
        for key, group in groups.items()
    ]
    return FigureTable([format_label(name) for name in columns], rows)


def is_group(value: Any) -> bool:
    """Tell a group from a figure: a mapping with a `value` is one figure."""
    return isinstance(value, Mapping) and "value" not in value


def format_figure(name: str, value: Any) -> FigureText:
    """Format a number, or a value with `low` and `high` or its `interval`."""
    if not isinstance(value, Mapping):
        return FigureText(format_label(name), format_value(value), "")
    low, high = value.get("interval") or (value.get("low"), value.get("high"))
    has_interval = low is not None and high is not None
    interval = f"{format_value(low)} to {format_value(high)}" if has_interval else ""
    return FigureText(format_label(name), format_value(value.get("value", "")), interval)


def format_label(name: str) -> str:
    """`by_source` -> "By source"."""
    text = LABELS.get(name, name.replace("_", " "))
    return text[:1].upper() + text[1:]


def describe_threshold(name: str) -> str:
    """Return the use of the recommended threshold of this name; its label if unknown."""
    return THRESHOLD_USES.get(name, f"({format_label(name)})")


def format_value(value: Any) -> str:
    """Format a fraction as a percentage without false digits, a count with commas.

    Anything else stays as it is.
    """
    if isinstance(value, float):
        if not 0 <= value <= 1:
            return f"{value:,.2g}" if abs(value) < 10 else f"{value:,.0f}"
        return f"{100 * value:.{0 if value >= 0.01 or not value else 1}f}\u202f%"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(format_value(item) for item in value)
    return str(value)
