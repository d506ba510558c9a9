"""Read and check arguments of a request. Each function raises UnprocessableEntity."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import UnprocessableEntity

from ml.scoring.piles import Pile, parse_confidence
from webapp.records import HIGHEST
from webapp.storage.picture_query import Shown

LEFT_BEHIND = "left-behind"
"""The name of a queue in addresses."""


def read_pile() -> Pile | None:
    """Return the pile that the request names; None if it names none."""
    name = request.values.get("pile", "")
    if name and name not in list(Pile):
        raise UnprocessableEntity(f"pile is one of {', '.join(Pile)}; received {name!r}.")
    return Pile(name) if name else None


def is_left_behind() -> bool:
    """Tell whether the request is about the queue of what was left behind, not about a pile."""
    return request.values.get("queue") == LEFT_BEHIND


def read_shown() -> Shown:
    """Return which of a pile's pictures the request wants; without a wish, those to review."""
    name = request.args.get("show") or Shown.REVIEW
    if name not in list(Shown):
        raise UnprocessableEntity(f"show is one of {', '.join(Shown)}; received {name!r}.")
    return Shown(name)


def read_confidence() -> float | None:
    """Return the confidence in the request; None if there is none."""
    text = request.values.get("confidence", "").strip()
    try:
        return parse_confidence(text) if text else None
    except ValueError as error:
        raise UnprocessableEntity(str(error)) from error


def read_number(name: str, default: int) -> int:
    """Return a whole number from the address, HIGHEST for larger ones, which no column holds."""
    text = request.args.get(name, "")
    if text and not text.isdecimal():
        raise UnprocessableEntity(f"{name} is a whole number; received {text!r}.")
    return min(int(text), HIGHEST) if text else default
