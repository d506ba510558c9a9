"""From scores to evidence: how much more likely a score is if the target is in the picture.

Platt scaling with a *lapse rate*: the fraction of positives whose scores carry no information, such
as tiny or turned-away figures. Without it these few flatten the curve for all others. Psychometric
functions are fitted with a lapse rate for the same reason (Wichmann and Hill, 2001).

The shipped lapse rate is only the smallest that the number of positives allows. A measured one
comes from very few artworks and would bound the evidence from below: an archive that shows the
target nearly everywhere would be kept whole.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ml.scoring.newton import apply_across_folds, logistic, minimize

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LAPSES = 40  # tried one by one; the best is kept
_LARGEST_LAPSE = 0.5
_CLEARLY = 1e-6  # a smaller difference of losses is rounding
_SAME = 1e-6  # a smaller relative spread of scores counts as no spread


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Evidence of a score: log((1 - lapse_rate) * exp(slope * score + intercept) + lapse_rate)."""

    slope: float
    intercept: float
    lapse_rate: float = 0.0  # 0..1

    def __post_init__(self) -> None:
        if not 0.0 <= self.lapse_rate < 1.0:
            raise ValueError(f"lapse_rate is {self.lapse_rate}, not from 0 to below 1")

    def compute_evidence(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the log-likelihood ratio (natural log) of target against no target. NaN gives NaN.

        Returns: float64, shaped like `scores`.
        """
        line = self.slope * scores.astype(np.float64) + self.intercept
        return _add_lapses(line, self.lapse_rate)


def _add_lapses(line: NDArray[np.float64], lapse_rate: float) -> NDArray[np.float64]:
    floor = np.log(lapse_rate) if lapse_rate else -np.inf
    with np.errstate(invalid="ignore"):  # of NaN
        evidence: NDArray[np.float64] = np.logaddexp(np.log1p(-lapse_rate) + line, floor)
    return evidence


def calibrate(scores: NDArray[np.float32], labels: NDArray[np.bool_]) -> Calibration:
    """Return the calibration under which held-out scores are likeliest.

    Labels are smoothed as in Platt's method, because well separated pictures would otherwise get a
    probability of 1. For the same reason the lapse rate is at least 1 / (positives + 2), the rule
    of succession for an event that was never seen. The fit gives odds at the prevalence of these
    pictures, and the prevalence is then taken out. If positives do not score higher than
    negatives, the slope is 0.

    Args:
        scores: float32 (n,), each from a head (and a backbone) that never saw its artwork.
        labels: bool (n,); both must occur.

    Raises ValueError for a score that is not finite.
    """
    if not np.isfinite(scores).all():
        raise ValueError("a score to calibrate by is not finite")
    positives, negatives = int(labels.sum()), int((~labels).sum())
    prior = float(np.log(positives / negatives))
    targets = np.where(labels, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    exact = scores.astype(np.float64)
    centre, spread = float(exact.mean()), float(exact.std())
    no_evidence = Calibration(0.0, 0.0)
    if spread < _SAME * (1 + abs(centre)):
        return no_evidence
    line, least, served = np.array([1.0, 0.0]), np.inf, 1 / (positives + 2)
    best = no_evidence
    for lapse_rate in np.geomspace(served, _LARGEST_LAPSE, _LAPSES):
        line, loss = _fit_line((exact - centre) / spread, targets, prior, float(lapse_rate), line)
        if loss < least - _CLEARLY:  # ties go to the smaller lapse rate
            least, slope = loss, float(line[0]) / spread
            shift = float(np.log1p(-lapse_rate) - np.log1p(-served))
            best = Calibration(slope, float(line[1]) - slope * centre + shift, served)
    return best if best.slope > 0 else no_evidence


def _fit_line(
    scores: NDArray[np.float64],
    targets: NDArray[np.float64],
    prior: float,
    lapse_rate: float,
    start: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float]:
    """Return slope and intercept for one lapse rate, by Gauss-Newton steps, and their loss."""
    design = np.stack([scores, np.ones(len(scores))], axis=1)

    def loss(line: NDArray[np.float64]) -> float:
        odds = _add_lapses(design @ line, lapse_rate) + prior
        return float((np.logaddexp(0, odds) - targets * odds).sum())

    def derive(line: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        evidence = _add_lapses(design @ line, lapse_rate)
        p = logistic(evidence + prior)
        sensitivity = 1 - lapse_rate * np.exp(-evidence)  # d evidence / d line, 0..1
        gradient = design.T @ ((p - targets) * sensitivity)
        weights = p * (1 - p) * sensitivity**2
        return gradient, (design * weights[:, None]).T @ design + 1e-9 * np.eye(2)

    return minimize(loss, derive, start, largest_step=2.0)


def cross_calibrate(
    scores: NDArray[np.float32], labels: NDArray[np.bool_], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return each picture's evidence by a calibration that saw no picture of its fold, (n,)."""

    def fit_and_apply(
        fitted: NDArray[np.bool_], held_out: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        return calibrate(scores[fitted], labels[fitted]).compute_evidence(scores[held_out])

    return apply_across_folds(folds, fit_and_apply)
