"""The curve of one archive: how probable the target is in a picture, by its evidence.

The calibrated probabilities are right on average over many archives. One archive can differ: its
prevalence is known only roughly, and its whole curve can be shifted or steeper, because its
pictures are of other kinds than those that fitted the calibration. So the log-odds of a picture are

    slope * (evidence + log-odds of the prevalence) + shift

with distributions for the three unknowns: the prevalence by the likelihood of all evidence, slope
and shift by how far archives usually differ. The user's verdicts weigh each combination by how well
it predicts them. That holds however the user chose the pictures, as long as the choice depends on
evidence alone.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# How far archives differ from the calibration, as standard deviations; bench/mistakes.py has
# the coverage that they give.
_SHIFT_SPREAD = 1.8  # of the log-odds
_SLOPE_SPREAD = 0.5  # of the slope's logarithm
_UNLIKE = 2.0  # times as far if the archive is known to be unlike the calibration

_PREVALENCES = np.linspace(-13.8, 4.6, 93)  # log-odds: one in a million to 99 %
_PRIOR_PICTURES = 10.0  # as in ml.scoring.prevalence
_DRAWS = 2_000  # of the three unknowns before the verdicts weigh them
_KEPT_DRAWS = 400  # of these after it
_BINS = 400  # of evidence; pictures of one bin have the same probability


@dataclasses.dataclass(frozen=True, slots=True)
class Curves:
    """Curves that an archive may have, each as often as it is likely: float64 (draws, 1) each."""

    prevalence: Floats  # log-odds
    slope: Floats
    shift: Floats

    def predict(self, evidence: Floats) -> Floats:
        """Return probabilities, float64 (draws, n), for evidence (n,)."""
        odds = self.slope * (evidence + self.prevalence) + self.shift
        return 1.0 / (1.0 + np.exp(-np.clip(odds, -700, 700)))


def fit_curves(
    evidence: NDArray[np.float32],
    *,
    prior: float,
    verdict_evidence: NDArray[np.float32],
    answers: NDArray[np.bool_],
    is_unlike: bool = False,
) -> Curves:
    """Draw the curves that an archive may have. The same archive has the same curves.

    Args:
        evidence: float32 (n,), natural log, finite, of the pictures without a verdict.
        prior: the card's prevalence, between 0 and 1.
        verdict_evidence: float32 (m,), evidence of the pictures with a verdict.
        answers: bool (m,), True where the user said that it is the target.
        is_unlike: the archive's pictures are unlike those of the calibration. Slope and shift are
            less certain then, which draws probabilities towards the middle.

    Raises ValueError for evidence that is not finite.
    """
    everything = np.concatenate([evidence, verdict_evidence])
    if not np.isfinite(everything).all():
        raise ValueError("evidence to fit curves to is not finite")
    random = np.random.default_rng(0)
    size, wider = (_DRAWS, 1), _UNLIKE if is_unlike else 1.0
    curves = Curves(
        prevalence=random.choice(_PREVALENCES, size, p=_weigh_prevalences(everything, prior)),
        slope=np.exp(wider * _SLOPE_SPREAD * random.standard_normal(size)),
        shift=wider * _SHIFT_SPREAD * random.standard_normal(size),
    )
    predicted = np.clip(curves.predict(verdict_evidence.astype(np.float64)), 1e-9, 1 - 1e-9)
    fit = np.log(np.where(answers, predicted, 1 - predicted)).sum(axis=1)
    weights = np.exp(fit - fit.max())
    rows = random.choice(_DRAWS, _KEPT_DRAWS, p=weights / weights.sum())
    return Curves(curves.prevalence[rows], curves.slope[rows], curves.shift[rows])


def _weigh_prevalences(evidence: NDArray[np.float32], prior: float) -> Floats:
    """Return the probability of each of `_PREVALENCES` by all evidence of the archive."""
    bins = EvidenceBins.of(evidence)
    prevalence = 1 / (1 + np.exp(-_PREVALENCES))
    excess = np.expm1(np.clip(bins.levels, -50, 50))
    likelihood: Floats = np.log1p(prevalence[:, None] * excess) @ bins.sizes
    likelihood += _PRIOR_PICTURES * prior * np.log(prevalence)
    likelihood += _PRIOR_PICTURES * (1 - prior) * np.log1p(-prevalence)
    weights = np.exp(likelihood - likelihood.max())
    return np.asarray(weights / weights.sum(), np.float64)


@dataclasses.dataclass(frozen=True, slots=True)
class EvidenceBins:
    """Pictures in bins of nearly the same evidence, rising; bin i lies below edge i."""

    edges: Floats
    levels: Floats  # mean evidence
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, evidence: NDArray[np.float32], thresholds: Floats | None = None) -> EvidenceBins:
        """Divide at every threshold, so that a bin is kept whole or not at all."""
        exact = evidence.astype(np.float64)
        low, high = (exact.min(), exact.max()) if len(exact) else (0.0, 0.0)
        even = np.linspace(low, high, _BINS)
        edges = np.unique(even if thresholds is None else np.concatenate([thresholds, even]))
        places = np.searchsorted(edges, exact, side="right")
        sizes = np.bincount(places, minlength=len(edges) + 1)
        sums = np.bincount(places, weights=exact, minlength=len(edges) + 1)
        return cls(edges, sums / np.maximum(sizes, 1), sizes)
