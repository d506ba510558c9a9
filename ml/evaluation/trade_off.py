"""What a confidence finds and keeps where the target is rarer or more common than in its test.

A card's curve has what the test kept at some confidences. A confidence is a threshold of evidence,
which moves with the prevalence of an archive. So the rates are read from the curve at that
evidence, and the prevalence then gives the precision. Between measured thresholds the rates are
interpolated.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.metrics import Estimate, compute_wilson_interval
from ml.scoring.piles import compute_evidence_at


@dataclasses.dataclass(frozen=True, slots=True)
class TradeOff:
    """What one confidence finds and keeps."""

    recall: Estimate
    precision: Estimate
    beyond: Literal[-1, 0, 1]
    """-1: the threshold is lower than any that was measured, 1: higher; the rates are those of the
    nearest one."""


@dataclasses.dataclass(frozen=True)
class MeasuredCurve:
    """The rates of a test at rising thresholds."""

    evidence: NDArray[np.float64]  # (n,), the thresholds, natural log, rising
    recall: NDArray[np.float64]  # (n,), 0..1
    false_positive_rate: NDArray[np.float64]  # (n,), 0..1
    prevalence: float  # of the test, in which the thresholds are meant, 0..1
    artworks: int  # of the target: its independent draws
    negatives: int

    def estimate(self, confidence: float, prevalence: float) -> TradeOff:
        """Return what a confidence means in an archive of this prevalence; both 0..1, open.

        The interval of the recall is Wilson's, each artwork once. That of the precision takes the
        worst and the best ends of both rates together, so it is on the wide side.
        """
        at = compute_evidence_at(confidence, prevalence)
        found = float(np.interp(at, self.evidence, self.recall))
        wrong = float(np.interp(at, self.evidence, self.false_positive_rate))
        recall = Estimate(found, *compute_wilson_interval(found * self.artworks, self.artworks))
        low, high = compute_wilson_interval(wrong * self.negatives, self.negatives)
        return TradeOff(
            recall=recall,
            precision=Estimate(
                _compute_precision(found, wrong, prevalence),
                _compute_precision(recall.low, high, prevalence),
                _compute_precision(recall.high, low, prevalence),
            ),
            beyond=-1 if at < self.evidence[0] else 1 if at > self.evidence[-1] else 0,
        )


def read_curve(figures: Mapping[str, Any], prevalence: float) -> MeasuredCurve | None:
    """Return the curve of a card's figures; None if they have no curve or not its counts.

    Args:
        prevalence: of the card. The figures may have one of their own: that of the test's
            probabilities.
    """
    try:
        positives, pictures = int(figures["positives"]), int(figures["pictures"])
        artworks = int(figures["positive_artworks"])
        measured = float(figures.get("prevalence", prevalence))
        rows = sorted(
            (
                compute_evidence_at(float(point["threshold"]), measured),
                float(point["recall"]),
                int(point["kept"]) - round(float(point["recall"]) * positives),
            )
            for point in figures["threshold_curve"]
            if point["recall"] > 0  # without a hit there is no precision
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None  # a card of another make
    negatives = pictures - positives
    if len(rows) < 2 or negatives <= 0 or artworks <= 0:
        return None
    evidence, recall, wrong = np.array(rows, np.float64).T
    return MeasuredCurve(evidence, recall, wrong / negatives, measured, artworks, negatives)


def _compute_precision(recall: float, false_positive_rate: float, prevalence: float) -> float:
    right = recall * prevalence
    kept = right + false_positive_rate * (1 - prevalence)
    return right / kept if kept else 0.0
