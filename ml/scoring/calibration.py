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

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LAPSES = 40  # tried one by one; the best is kept
_LARGEST_LAPSE = 0.5
_CLEARLY = 1e-6  # a difference of losses that is more than rounding
_SAME = 1e-6  # scores that differ by less of their size say nothing
_NEWTON_STEPS = 100


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Evidence of a score: log((1 - lapse_rate) * exp(slope * score + intercept) + lapse_rate)."""

    slope: float
    intercept: float
    lapse_rate: float = 0.0  # 0..1

    def __post_init__(self) -> None:
        if not 0.0 <= self.lapse_rate < 1.0:
            raise ValueError(f"lapse_rate is {self.lapse_rate}, not from 0 to below 1")

    def evidence(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-likelihood ratio (natural log) of target against no target; NaN in, NaN out.

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
    """The calibration under which held-out scores are likeliest.

    Labels are smoothed as Platt does it, which keeps well separated pictures from claiming
    certainty; for the same reason the lapse is never less than the rule of succession gives to what
    was never seen. The fit gives the odds at the share of these pictures, which is then taken out
    again. Scores that are no higher where the target is shown are no evidence: no slope.

    Args:
        scores: float32 (n,), each from a head (and a backbone) that never saw its artwork.
        labels: bool (n,); both must occur.

    Raises ValueError when a score is no number.
    """
    if not np.isfinite(scores).all():
        raise ValueError("a score to calibrate by is not finite")
    hers, others = int(labels.sum()), int((~labels).sum())
    prior = float(np.log(hers / others))
    wanted = np.where(labels, (hers + 1) / (hers + 2), 1 / (others + 2))
    exact = scores.astype(np.float64)
    centre, spread = float(exact.mean()), float(exact.std())
    nothing = Calibration(0.0, 0.0)
    if spread < _SAME * (1 + abs(centre)):
        return nothing
    line, least, served = np.array([1.0, 0.0]), np.inf, 1 / (hers + 2)
    best = nothing
    for lapse in np.geomspace(served, _LARGEST_LAPSE, _LAPSES):
        line, loss = _fit((exact - centre) / spread, wanted, prior, float(lapse), line)
        if loss < least - _CLEARLY:  # of lapses that fit alike the smallest
            least, slope = loss, float(line[0]) / spread
            shown_well = float(np.log1p(-lapse) - np.log1p(-served))
            best = Calibration(slope, float(line[1]) - slope * centre + shown_well, served)
    return best if best.slope > 0 else nothing


def _fit(
    scores: NDArray[np.float64],
    wanted: NDArray[np.float64],
    prior: float,
    lapse: float,
    start: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float]:
    """Slope and intercept for one lapse, by Gauss-Newton steps, and their loss."""
    design = np.stack([scores, np.ones(len(scores))], axis=1)

    def loss_of(line: NDArray[np.float64]) -> float:
        odds = _add_lapses(design @ line, lapse) + prior
        return float((np.logaddexp(0, odds) - wanted * odds).sum())

    line, loss = start, loss_of(start)
    for _ in range(_NEWTON_STEPS):
        evidence = _add_lapses(design @ line, lapse)
        p = 1 / (1 + np.exp(-np.clip(evidence + prior, -30, 30)))
        felt = 1 - lapse * np.exp(-evidence)  # how far the line moves the evidence, 0..1
        slope = design.T @ ((p - wanted) * felt)
        curvature = (design * (p * (1 - p) * felt**2)[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.clip(np.linalg.solve(curvature, slope), -2, 2)
        while loss_of(line - step) > loss and np.abs(step).max() > 1e-7:
            step /= 2
        line = line - step
        loss = loss_of(line)
        if np.abs(step).max() < 1e-6:
            break
    return line, loss


def cross_calibrate(
    scores: NDArray[np.float32], labels: NDArray[np.bool_], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Evidence of every picture by a calibration that saw no picture of its fold: float64 (n,)."""
    found = np.empty(len(scores), np.float64)
    for fold in np.unique(folds):
        out = folds == fold
        found[out] = calibrate(scores[~out], labels[~out]).evidence(scores[out])
    return found
