"""How much of an archive shows the target, from its evidence.

Evidence is a log-likelihood ratio. So the likelihood of an archive, as a function of prevalence
alone, is prod(prevalence * exp(evidence) + 1 - prevalence). Its logarithm is concave. Its maximum
is where expectation maximisation converges (Saerens, Latinne and Decaestecker, 2002); bisection of
the slope finds it here.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_PRIOR_PICTURES = 10.0  # the card's prevalence counts as this many pictures of known class
_HALF_CHI2 = 3.841 / 2  # 95 % quantile of chi squared with one degree of freedom
_EDGE = 1e-7  # the estimate lies between this and 1 minus this
_BISECTIONS = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Prevalence:
    """How much of an archive shows the target, 0..1, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_known(self) -> bool:
        """False if too few scores are high to say that the target is in the archive at all."""
        return self.low > 0.0


def estimate_prevalence(
    evidence: NDArray[np.float32],
    *,
    prior: float,
    group_sizes: NDArray[np.int64] | None = None,
) -> Prevalence:
    """Estimate the prevalence of an archive by maximum likelihood.

    Args:
        evidence: float32 (n,), natural log, finite.
        prior: the card's prevalence, 0..1; it decides if there are few pictures.
        group_sizes: int64 (n,), the number of variants in each picture's group, 1 without a group.
            Variants are right or wrong together, so the interval is as wide as if there were only
            one picture for as many as the target's pictures have variants on average: the design
            effect of a sample in clusters (Kish, 1965).

    Returns: the estimate, which includes the prior's pictures, and the likelihood-ratio interval
        without them, widened to hold the estimate.

    Raises ValueError for evidence that is not finite, because one NaN would spoil the estimate.
    """
    if not np.isfinite(evidence).all():
        raise ValueError("evidence to estimate the prevalence from is not finite")
    likelihood = _Likelihood(evidence)
    positives, negatives = _PRIOR_PICTURES * prior, _PRIOR_PICTURES * (1.0 - prior)
    value = _find_root(
        lambda p: likelihood.compute_slope(p) + positives / p - negatives / (1.0 - p)
    )
    best = _find_root(likelihood.compute_slope)
    alike = 1.0 if group_sizes is None else _average(group_sizes, evidence, value)
    floor = likelihood.compute_log(best) - _HALF_CHI2 * alike

    def above_floor(prevalence: float) -> float:
        return likelihood.compute_log(prevalence) - floor

    low = 0.0 if above_floor(_EDGE) >= 0 else _find_root(lambda p: -above_floor(p), _EDGE, best)
    high = 1.0 if above_floor(1.0 - _EDGE) >= 0 else _find_root(above_floor, best, 1.0 - _EDGE)
    return Prevalence(value, min(low, value), max(high, value))


def compute_probabilities(evidence: NDArray[np.float32], prevalence: float) -> NDArray[np.float64]:
    """Return how probably each picture shows the target, float64 (n,), 0..1.

    Args:
        evidence: float32 (n,), natural log, finite.
        prevalence: between 0 and 1.
    """
    ratios = np.exp(np.clip(evidence.astype(np.float64), -50.0, 50.0))
    return np.asarray(prevalence * ratios / (prevalence * ratios + 1.0 - prevalence))


class _Likelihood:
    """The log-likelihood of an archive as a function of prevalence, and its slope."""

    def __init__(self, evidence: NDArray[np.float32]) -> None:
        clipped = np.clip(evidence.astype(np.float64), -50.0, 50.0)
        # Rounded to a hundredth, 100,000 pictures have some two thousand different values.
        levels, self._counts = np.unique(np.round(clipped, 2), return_counts=True)
        self._excess = np.exp(levels) - 1.0

    def compute_log(self, prevalence: float) -> float:
        return float(self._counts @ np.log1p(prevalence * self._excess))

    def compute_slope(self, prevalence: float) -> float:
        return float(self._counts @ (self._excess / (1.0 + prevalence * self._excess)))


def _average(
    group_sizes: NDArray[np.int64], evidence: NDArray[np.float32], prevalence: float
) -> float:
    """Return the mean over the target's pictures; 1 of no pictures."""
    if not len(evidence):
        return 1.0
    return float(np.average(group_sizes, weights=compute_probabilities(evidence, prevalence)))


def _find_root(
    decreasing: Callable[[float], float], low: float = _EDGE, high: float = 1 - _EDGE
) -> float:
    """Return the root of a decreasing function, by bisection; the nearer end if there is none."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if decreasing(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
