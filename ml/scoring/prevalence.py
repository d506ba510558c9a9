"""How much of an archive shows the target, from its scores and from what the user said.

Evidence is a log-likelihood ratio, so the scores of an archive have, in the share alone, the
likelihood prod(share * exp(evidence) + 1 - share). Its logarithm is concave; its maximum is where
expectation maximisation ends (Saerens, Latinne and Decaestecker, 2002), found here by halving.
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

_PRIOR_PICTURES = 10.0  # the card's share weighs as much as so many pictures of known content
_HALF_CHI2 = 3.841 / 2  # 95 % quantile of chi squared with one degree of freedom
_EDGE = 1e-7  # shares are sought between this and one less this
_HALVINGS = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """The share of the target in an archive, 0..1, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """False where too few scores are high to say that the target is in the archive at all."""
        return self.low > 0.0


def share_of(evidence: NDArray[np.float32], *, prior: float, said: Sequence[bool] = ()) -> Share:
    """Estimate the share of an archive.

    Args:
        evidence: float32 (n,), natural log, of the pictures that the user said nothing of.
        prior: the card's share, 0..1; it decides where there are few pictures to tell by.
        said: what the user said of the other pictures. Each counts as one of known content,
            whatever made him look at it.

    Returns: the estimate, the prior's pictures counted in, and the likelihood-ratio interval
        without them, widened to hold the estimate.
    """
    scores = _Scores(evidence, hers=sum(said), others=len(said) - sum(said))
    hers, others = _PRIOR_PICTURES * prior, _PRIOR_PICTURES * (1.0 - prior)
    value = _root(lambda share: scores.slope(share) + hers / share - others / (1.0 - share))
    best = _root(scores.slope)
    floor = scores.log_likelihood(best) - _HALF_CHI2

    def above_floor(share: float) -> float:
        return scores.log_likelihood(share) - floor

    low = 0.0 if above_floor(_EDGE) >= 0 else _root(lambda s: -above_floor(s), _EDGE, best)
    high = 1.0 if above_floor(1.0 - _EDGE) >= 0 else _root(above_floor, best, 1.0 - _EDGE)
    return Share(value, min(low, value), max(high, value))


class _Scores:
    """The log-likelihood of an archive in its share, and its slope."""

    def __init__(self, evidence: NDArray[np.float32], *, hers: int, others: int) -> None:
        clipped = np.clip(evidence.astype(np.float64), -50.0, 50.0)
        self._excess = np.exp(clipped) - 1.0
        self._hers, self._others = hers, others

    def log_likelihood(self, share: float) -> float:
        said = self._hers * np.log(share) + self._others * np.log1p(-share)
        return float(np.log1p(share * self._excess).sum() + said)

    def slope(self, share: float) -> float:
        said = self._hers / share - self._others / (1.0 - share)
        return float((self._excess / (1.0 + share * self._excess)).sum() + said)


def _root(falling: Callable[[float], float], low: float = _EDGE, high: float = 1 - _EDGE) -> float:
    """Where a falling function crosses zero; the end it points to, where it does not."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
