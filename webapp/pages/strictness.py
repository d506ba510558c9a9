"""How strict an upload is sieved: three choices by the card's figures, and a percentage."""

from __future__ import annotations

from typing import NamedTuple

from werkzeug.exceptions import UnprocessableEntity

from ml.targets.card import TargetCard
from webapp.pages import accuracy

OWN = "own"
"""The choice of a percentage."""
MISS_NOTHING = 0.05
"""The cards have no figure this low, so the page names none."""


class Strictness(NamedTuple):  # as JSON it is a list: pages carry hundreds
    """One choice: a name in the form, a label and a caption on the page, a confidence."""

    name: str
    label: str
    confidence: float
    caption: str


def list_strictness(card: TargetCard) -> list[Strictness]:
    """Return the choices for a character, the strictest first."""
    points = accuracy.list_points(card)
    strict = points[0].confidence if points else 0.95
    balanced = points[-1].confidence if len(points) > 1 else 0.5
    captions = {point.confidence: point.summary for point in points}

    def make(name: str, label: str, confidence: float, fallback: str) -> Strictness:
        caption = captions.get(confidence, fallback)
        return Strictness(name, label, confidence, f"{caption[:1].upper()}{caption[1:]}.")

    return [
        make("sure", "Only sure ones", strict, "few wrong pictures"),
        make("balanced", "Balanced", balanced, "some wrong pictures, fewer missed"),
        make(
            "all",
            "Miss nothing",
            min(MISS_NOTHING, balanced),
            "the fewest missed, with many wrong pictures to sort out",
        ),
    ]


def find_confidence(card: TargetCard, name: str) -> float | None:
    """Return the confidence of a choice; None for `OWN` and "": a percentage of the user's own.

    Raises UnprocessableEntity for any other name.
    """
    choices = {choice.name: choice.confidence for choice in list_strictness(card)}
    if name and name not in (*choices, OWN):
        known = ", ".join((*choices, OWN))
        raise UnprocessableEntity(f"strictness is one of {known}; received {name!r}.")
    return choices.get(name)


def name_confidence(card: TargetCard, confidence: float) -> str:
    """Return the choice with this confidence; `OWN` if there is none."""
    choices = {choice.confidence: choice.name for choice in list_strictness(card)}
    return choices.get(confidence, OWN)
