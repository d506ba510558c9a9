"""What a card's figures mean for a user: how many pictures are found, how many kept ones are wrong.

Cards may hold any figures. What is missing is left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ml.evaluation.metrics import Estimate
from ml.targets.card import TargetCard

SETTINGS = {
    "at_0.95": "Only sure ones",
    "precision_95": "Few mistakes",
    "best_f1": "Balanced",
    "at_0.5": "Balanced",
}
"""The groups of figures that a card has at a confidence, and what a page calls them."""

FEWEST_PICTURES = 30
"""With fewer pictures of the character, "of 100" would claim more than the test knows."""


@dataclasses.dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What was found and kept at one confidence."""

    label: str
    confidence: float
    recall: Estimate
    precision: Estimate
    kept: int
    wrongly_kept: int
    positives: int
    is_pooled: bool = False  # measured on several characters together

    @property
    def is_rough(self) -> bool:
        """So few pictures of the character were tested that they are counted."""
        return self.positives < FEWEST_PICTURES

    @property
    def summary(self) -> str:
        """ "finds about 67 of 100, hardly any wrong" """
        if self.is_rough:
            wrong = f"{self.wrongly_kept:,}" if self.wrongly_kept else "none"
            right = self.kept - self.wrongly_kept
            return f"found {right:,} of {self.positives:,} in our test, {wrong} wrong"
        summary = f"finds about {100 * self.recall.value:.0f} of 100, {self.mistakes}"
        return f"{summary} (many characters together)" if self.is_pooled else summary

    @property
    def mistakes(self) -> str:
        """How many of the kept pictures are wrong."""
        wrong = 1 - self.precision.value
        if wrong < 0.03:
            return "hardly any wrong"
        return f"1 in {round(1 / wrong)} wrong" if wrong < 0.4 else "about half wrong"


def list_points(card: TargetCard) -> list[OperatingPoint]:
    """Return the confidences at which the card was measured, the highest first."""
    points = []
    for key, label in SETTINGS.items():
        group = card.figures.get(key)
        if isinstance(group, Mapping):
            try:
                points.append(make_point(label, group, card.figures))
            except (KeyError, TypeError, ValueError):
                continue  # a card of another make; its figures are in the table of numbers
    return sorted(points, key=lambda point: -point.confidence)


def make_point(label: str, group: Mapping[str, Any], figures: Mapping[str, Any]) -> OperatingPoint:
    """Return one group of a card's figures.

    Raises KeyError, TypeError or ValueError if it has others.
    """
    return OperatingPoint(
        label=label,
        confidence=float(group["confidence"]),
        recall=read_estimate(group["recall"]),
        precision=read_estimate(group["precision"]),
        kept=int(group["kept"]),
        wrongly_kept=int(group["wrongly_kept"]),
        positives=int(figures["positives"]),
        is_pooled="own_pictures" in figures,
    )


def read_estimate(figure: Mapping[str, Any]) -> Estimate:
    """Return a card's fraction with its interval. Raises KeyError, TypeError or ValueError."""
    return Estimate(float(figure["value"]), float(figure["low"]), float(figure["high"]))


def summarize(card: TargetCard) -> str | None:
    """Return the accuracy at the balanced setting in some words; None if it is not known."""
    points = list_points(card)
    return points[-1].summary if points else None
