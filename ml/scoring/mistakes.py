"""How many pictures a threshold keeps wrongly and how many it leaves behind, with intervals.

The probabilities are those of the archive's own curves (`ml.scoring.archive_curve`). Counts are
drawn, so the intervals include chance. Pictures of an archive resemble each other, so some pictures
next to each other are drawn together: all of them are the target, or none.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ml.scoring.archive_curve import ALIKE, EvidenceBins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.scoring.archive_curve import Curves, Floats

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
    evidence: NDArray[np.float32], thresholds: Floats, curves: Curves
) -> Mistakes:
    """Estimate the mistakes at each threshold.

    Args:
        evidence: float32 (n,), natural log, of the pictures without a verdict.
        thresholds: float64 (t,), as evidence; pictures at or above one are kept.
        curves: of the archive.
    """
    random = np.random.default_rng(0)  # the same archive gives the same numbers
    bins = EvidenceBins.of(evidence, thresholds)
    positives = _draw_positives(random, bins.sizes, curves.predict(bins.levels))
    first = np.searchsorted(bins.edges, thresholds) + 1  # the first bin that is kept
    wrong = _sum_from(bins.sizes - positives)[:, first]
    left_behind = positives.sum(axis=1, keepdims=True) - _sum_from(positives)[:, first]
    return Mistakes(wrong=_summarise(wrong), left_behind=_summarise(left_behind))


def _draw_positives(
    random: np.random.Generator, sizes: NDArray[np.int64], probabilities: Floats
) -> NDArray[np.int64]:
    """Draw how many pictures of each bin are the target, (draws, bins), `ALIKE` at once."""
    _, together = np.unique(np.cumsum(sizes) // ALIKE, return_inverse=True)  # small bins share one
    chance = random.random((len(probabilities), together.max() + 1))[:, together]
    clusters = np.ceil(sizes / ALIKE).astype(np.int64)
    in_large = random.binomial(clusters, probabilities) * sizes / np.maximum(clusters, 1)
    positives = np.where(clusters > 1, in_large, (chance < probabilities) * sizes)
    return np.rint(positives).astype(np.int64)


def _sum_from(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sums from each bin to the last, (draws, bins + 1)."""
    sums = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    return np.pad(sums, ((0, 0), (0, 1)))


def _summarise(draws: NDArray[np.int64]) -> Estimates:
    low, middle, high = np.quantile(draws, [_TAIL, 0.5, 1 - _TAIL], axis=0)
    return Estimates(middle=middle, low=low, high=high)
