"""A card's figures as rows of a table, whatever of them a target has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

NAMES = {
    "ap": "Average precision",
    "average_precision": "Average precision",
    "precision": "Precision: of those kept, how many are",
    "recall": "Recall: of all that are, how many are kept",
    "f1": "F1: precision and recall in one",
    "ece": "Calibration error",
}


class Figure(NamedTuple):
    """One line of the table."""

    name: str
    value: str
    interval: str


def rows(figures: Mapping[str, Any], above: str = "") -> list[Figure]:
    """Flatten the figures: a number, a value with its interval, or a table of those."""
    found = []
    for key, value in figures.items():
        name = f"{above}{NAMES.get(key, str(key).replace('_', ' ').capitalize())}"
        if isinstance(value, Mapping) and "value" not in value:
            found += rows(value, f"{name} · ")
        elif isinstance(value, Mapping):
            found.append(Figure(name, said(value["value"]), interval_of(value)))
        else:
            found.append(Figure(name, said(value), ""))
    return found


def interval_of(figure: Mapping[str, Any]) -> str:
    """The interval beside a value, under either of its names."""
    ends = figure.get("interval") or (figure.get("low"), figure.get("high"))
    return f"{said(ends[0])} to {said(ends[1])}" if None not in ends else ""


def said(value: Any) -> str:
    """A share as it is usually given, a count with its commas, anything else as it is."""
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(said(one) for one in value)
    return str(value)
