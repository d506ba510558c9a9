"""How many pictures a threshold keeps wrongly and how many it leaves behind, with intervals.

The calibrated probabilities are right on average over many archives. One archive can differ: its
prevalence is known only roughly, and its whole curve can be shifted or steeper, because its
pictures are of other kinds than those that fitted the calibration. So the log-odds of a picture are

    slope * (evidence + log-odds of the prevalence) + shift

with distributions for the three unknowns: the prevalence by the likelihood of all evidence, slope
and shift by how far archives usually differ. The user's verdicts weigh each combination by how well
it predicts them. That holds however the user chose the pictures, as long as the choice depends on
evidence alone. Counts are then drawn picture by picture, so the intervals include chance.
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

_PREVALENCES = np.linspace(-13.8, 4.6, 93)  # log-odds: one in a million to 99 %
_PRIOR_PICTURES = 10.0  # as in ml.scoring.prevalence
_DRAWS = 2_000  # of the three unknowns before the verdicts weigh them
_KEPT_DRAWS = 400  # of these after it; each draws a whole archive
_BINS = 400  # of evidence; pictures of one bin have the same probability
_TAIL = 0.05  # outside the interval on each side


@dataclasses.dataclass(frozen=True, slots=True)
class Estimates:
    """Numbers of pictures at each threshold: median and 90 % interval, float64 (t,) each."""

    middle: Floats
    low: Floats
    high: Floats


@dataclasses.dataclass(frozen=True, slots=True)
class Mistakes:
    """What each threshold does to the pictures without a verdict."""

    wrong: Estimates
    """Kept, and not the target."""
    left_behind: Estimates
    """Of the target, and not kept."""


def estimate_mistakes(
    evidence: NDArray[np.float32],
    thresholds: Floats,
    *,
    prior: float,
    verdict_evidence: NDArray[np.float32],
    answers: NDArray[np.bool_],
) -> Mistakes:
    """Estimate the mistakes at each threshold.

    Args:
        evidence: float32 (n,), natural log, finite, of the pictures without a verdict.
        thresholds: float64 (t,), as evidence; pictures at or above one are kept.
        prior: the card's prevalence, between 0 and 1.
        verdict_evidence: float32 (m,), evidence of the pictures with a verdict.
        answers: bool (m,), True where the user said that it is the target.

    Raises ValueError for evidence that is not finite.
    """
    if not (np.isfinite(evidence).all() and np.isfinite(verdict_evidence).all()):
        raise ValueError("evidence to estimate mistakes from is not finite")
    random = np.random.default_rng(0)  # the same archive gives the same numbers
    everything = np.concatenate([evidence, verdict_evidence])
    curves = _Curves.draw(_weigh_prevalences(everything, prior), random)
    curves = curves.choose(verdict_evidence, answers, random)
    bins = _Bins.of(evidence, thresholds)
    positives = random.binomial(bins.sizes, curves.predict(bins.levels))  # (draws, bins)
    first = np.searchsorted(bins.edges, thresholds) + 1  # the first bin that is kept
    wrong = _sum_from(bins.sizes - positives)[:, first]
    left_behind = positives.sum(axis=1, keepdims=True) - _sum_from(positives)[:, first]
    return Mistakes(wrong=_summarise(wrong), left_behind=_summarise(left_behind))


@dataclasses.dataclass(frozen=True, slots=True)
class _Curves:
    """Draws of the three unknowns, float64 (draws, 1) each."""

    prevalence: Floats  # log-odds
    slope: Floats
    shift: Floats

    @classmethod
    def draw(cls, weights: Floats, random: np.random.Generator) -> _Curves:
        """Draw from the distributions; `weights` are those of `_PREVALENCES`."""
        size = (_DRAWS, 1)
        return cls(
            prevalence=random.choice(_PREVALENCES, size, p=weights),
            slope=np.exp(_SLOPE_SPREAD * random.standard_normal(size)),
            shift=_SHIFT_SPREAD * random.standard_normal(size),
        )

    def predict(self, evidence: Floats) -> Floats:
        """Return probabilities, float64 (draws, n), for evidence (n,)."""
        odds = self.slope * (evidence + self.prevalence) + self.shift
        return 1.0 / (1.0 + np.exp(-np.clip(odds, -700, 700)))

    def choose(
        self,
        verdict_evidence: NDArray[np.float32],
        answers: NDArray[np.bool_],
        random: np.random.Generator,
    ) -> _Curves:
        """Return the curves that the verdicts speak for, each as often as they do."""
        predicted = np.clip(self.predict(verdict_evidence.astype(np.float64)), 1e-9, 1 - 1e-9)
        fit = np.log(np.where(answers, predicted, 1 - predicted)).sum(axis=1)
        weights = np.exp(fit - fit.max())
        rows = random.choice(len(weights), _KEPT_DRAWS, p=weights / weights.sum())
        return _Curves(self.prevalence[rows], self.slope[rows], self.shift[rows])


def _weigh_prevalences(evidence: NDArray[np.float32], prior: float) -> Floats:
    """Return the probability of each of `_PREVALENCES` by all evidence of the archive."""
    bins = _Bins.of(evidence, np.zeros(0))
    prevalence = 1 / (1 + np.exp(-_PREVALENCES))
    excess = np.expm1(np.clip(bins.levels, -50, 50))
    likelihood: Floats = np.log1p(prevalence[:, None] * excess) @ bins.sizes
    likelihood += _PRIOR_PICTURES * prior * np.log(prevalence)
    likelihood += _PRIOR_PICTURES * (1 - prior) * np.log1p(-prevalence)
    weights = np.exp(likelihood - likelihood.max())
    return np.asarray(weights / weights.sum(), np.float64)


@dataclasses.dataclass(frozen=True, slots=True)
class _Bins:
    """Pictures in bins of nearly the same evidence; bin i lies below edge i."""

    edges: Floats
    levels: Floats  # mean evidence
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, evidence: NDArray[np.float32], thresholds: Floats) -> _Bins:
        """Divide at every threshold, so that a bin is kept whole or not at all."""
        exact = evidence.astype(np.float64)
        low, high = (exact.min(), exact.max()) if len(exact) else (0.0, 0.0)
        edges = np.unique(np.concatenate([thresholds, np.linspace(low, high, _BINS)]))
        places = np.searchsorted(edges, exact, side="right")
        sizes = np.bincount(places, minlength=len(edges) + 1)
        sums = np.bincount(places, weights=exact, minlength=len(edges) + 1)
        return cls(edges, sums / np.maximum(sizes, 1), sizes)


def _sum_from(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sums from each bin to the last, (draws, bins + 1)."""
    sums = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    return np.pad(sums, ((0, 0), (0, 1)))


def _summarise(draws: NDArray[np.int64]) -> Estimates:
    low, middle, high = np.quantile(draws, [_TAIL, 0.5, 1 - _TAIL], axis=0)
    return Estimates(middle=middle, low=low, high=high)
