"""A card's figures as a person reads them, whatever of them a target has.

A figure is a number, or a value with its interval; a group is figures that belong together, such
as those at one confidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

NAMES = {
    "ap": "Average precision",
    "f1": "F1",
    "best_f1": "best F1",
    "precision_95": "95 % right",
    "at_0.95": "the default",
    "positives": "Pictures of the target",
    "positive_artworks": "Their artworks",
}


ADVICE = {
    "best_f1": "to miss few pictures and keep few strangers: the best balance of the two (F1).",
    "precision_95": "to keep hardly any stranger: the lowest at which, where it was measured, at "
    "least 95 of 100 kept pictures were right.",
}
"""What a confidence that a card recommends is good for."""


class Figure(NamedTuple):
    """A figure in words; the interval is empty where none is known."""

    name: str
    value: str
    interval: str


class Groups(NamedTuple):
    """Groups as a table: a column for every figure that one of them has."""

    columns: list[str]
    rows: list[tuple[str, list[Figure | None]]]


def facts(figures: Mapping[str, Any]) -> list[Figure]:
    """The figures that stand alone."""
    return [figure(key, value) for key, value in figures.items() if not is_group(value)]


def groups(figures: Mapping[str, Any]) -> Groups:
    """The figures that come in groups."""
    found = {key: value for key, value in figures.items() if is_group(value)}
    columns = list(dict.fromkeys(name for group in found.values() for name in group))
    rows = [
        (called(key), [figure(name, group[name]) if name in group else None for name in columns])
        for key, group in found.items()
    ]
    return Groups([called(name) for name in columns], rows)


def is_group(value: Any) -> bool:
    """Figures by name, and no single one."""
    return isinstance(value, Mapping) and "value" not in value


def figure(name: str, value: Any) -> Figure:
    """A number, or a value with `low` and `high` or its `interval`."""
    if not isinstance(value, Mapping):
        return Figure(called(name), said(value), "")
    low, high = value.get("interval") or (value.get("low"), value.get("high"))
    known = low is not None and high is not None
    interval = f"{said(low)} to {said(high)}" if known else ""
    return Figure(called(name), said(value.get("value", "")), interval)


def called(name: str) -> str:
    """`wrongly_kept` -> "Wrongly kept"."""
    words = NAMES.get(name, name.replace("_", " "))
    return words[:1].upper() + words[1:]


def advice(name: str) -> str:
    """What the recommended confidence of this name is good for; its name where that is all."""
    return ADVICE.get(name, f"({called(name)})")


def said(value: Any) -> str:
    """A share as it is usually given, a count with its commas, anything else as it is."""
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(said(one) for one in value)
    return str(value)
