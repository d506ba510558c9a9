"""The trade-off of a character: what each confidence finds and keeps, for some prevalences.

The page carries the whole table, so that a script only looks things up.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

from ml.evaluation.metrics import THRESHOLDS, Estimate
from ml.evaluation.trade_off import MeasuredCurve, read_curve
from ml.targets.card import TargetCard
from webapp.pages.strictness import list_strictness

ONE_IN = (2, 5, 10, 20, 50, 100, 200)
"""One in so many pictures of an archive shows the character."""


class Cell(NamedTuple):
    """Numbers of 100 pictures, with their likely range."""

    found: int
    found_low: int
    found_high: int
    right: int
    right_low: int
    right_high: int
    beyond: int
    """As in `ml.evaluation.trade_off.TradeOff`."""


@dataclasses.dataclass(frozen=True, slots=True)
class TradeOffTable:
    """What the page shows, and which cell of it at first."""

    confidences: Sequence[float]
    """Rising, 0..1."""
    rows: Sequence[Sequence[Cell]]
    """For each of `ONE_IN`, for each confidence."""
    step: int
    """The index of the confidence."""
    one_in: int
    presets: Sequence[tuple[str, int]]
    """Labels of the choices of strictness, and their steps."""

    @property
    def one_in_choices(self) -> Sequence[int]:
        """What `one_in` may be."""
        return ONE_IN

    @property
    def cell(self) -> Cell:
        """The numbers at the chosen step."""
        return self.rows[ONE_IN.index(self.one_in)][self.step]


def make_table(card: TargetCard, step: int | None, one_in: int | None) -> TradeOffTable | None:
    """Return the trade-off of a card; None if its figures have no curve with counts.

    Args:
        step: the wished confidence by its index. By default, and out of range: the balanced one.
        one_in: one of `ONE_IN`; by default, and otherwise, the one nearest to the test's.
    """
    curve = read_curve(card.figures, card.prevalence)
    if curve is None:
        return None
    choices = list_strictness(card)
    confidences = sorted({*THRESHOLDS, *(choice.confidence for choice in choices)})
    presets = [(choice.label, confidences.index(choice.confidence)) for choice in choices]
    if step is None or not 0 <= step < len(confidences):
        step = confidences.index(choices[1].confidence)
    if one_in not in ONE_IN:
        one_in = min(ONE_IN, key=lambda number: abs(number - 1 / curve.prevalence))
    rows = [[make_cell(curve, c, 1 / number) for c in confidences] for number in ONE_IN]
    return TradeOffTable(confidences, rows, step, one_in, presets)


def make_cell(curve: MeasuredCurve, confidence: float, prevalence: float) -> Cell:
    """Return what a confidence finds and keeps, as whole pictures of 100."""
    estimate = curve.estimate(confidence, prevalence)
    return Cell(*_count(estimate.recall), *_count(estimate.precision), estimate.beyond)


def _count(rate: Estimate) -> tuple[int, int, int]:
    return round(100 * rate.value), round(100 * rate.low), round(100 * rate.high)
