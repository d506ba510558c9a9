"""Arguments of a request, checked. All of these raise UnprocessableEntity."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import UnprocessableEntity

from ml.scoring.piles import Pile, parse_confidence


def read_pile() -> Pile | None:
    """The pile in the request; None if it names none."""
    name = request.values.get("pile", "")
    if name and name not in list(Pile):
        raise UnprocessableEntity(f"pile is one of {', '.join(Pile)}; received {name!r}.")
    return Pile(name) if name else None


def read_confidence() -> float | None:
    """The confidence in the request; None if it has none."""
    text = request.values.get("confidence", "").strip()
    try:
        return parse_confidence(text) if text else None
    except ValueError as error:
        raise UnprocessableEntity(str(error)) from error


def read_number(name: str, default: int) -> int:
    """A whole number from the address."""
    text = request.args.get(name, "")
    if text and not text.isdecimal():
        raise UnprocessableEntity(f"{name} is a whole number; received {text!r}.")
    return int(text) if text else default
