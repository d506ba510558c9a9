"""How many pictures of the target a pile can still hold, from a random sample of it.

The sample is drawn without replacement from strata, each in proportion to its size. The bound is
exact and one-sided: it is the largest number of positives under which so few of them in the sample
have a probability above 1 - confidence, whichever strata they lie in (Clopper and Pearson, 1934,
with hypergeometric probabilities).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, slots=True)
class Stratum:
    """A part of a pile and how many of its pictures were drawn.

    Raises ValueError unless 0 <= sampled <= size.
    """

    size: int
    sampled: int

    def __post_init__(self) -> None:
        if not 0 <= self.sampled <= self.size:
            raise ValueError(f"{self.sampled} of {self.size} pictures cannot be a sample")


def allocate_sample(sizes: Sequence[int], pictures: int) -> list[int]:
    """Divide a sample over strata in proportion to their sizes, by largest remainders."""
    total = sum(sizes)
    wanted = min(pictures, total)
    if total == 0:
        return [0 for _ in sizes]
    quotas = [wanted * size / total for size in sizes]
    parts = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(sizes)), key=lambda i: parts[i] - quotas[i])
    for i in by_remainder[: wanted - sum(parts)]:
        parts[i] += 1
    return parts


def bound_positives(near: Stratum, far: Stratum, found: int, *, confidence: float = 0.95) -> int:
    """Return the upper bound of the positives in both strata together, the found ones included.

    Args:
        near, far: the strata. With one stratum the other has size 0.
        found: positives in the sample.
        confidence: 0..1, how often the bound holds if the number of draws was fixed beforehand.

    Raises ValueError if more were found than were drawn.
    """
    drawn = near.sampled + far.sampled
    if not 0 <= found <= drawn:
        raise ValueError(f"{found} positives were found among {drawn} pictures")
    low, high = found, near.size + far.size - (drawn - found)  # possible, and the most possible
    while low < high:
        middle = (low + high + 1) // 2
        if _compute_likelihood(near, far, found, middle) > 1 - confidence:
            low = middle
        else:
            high = middle - 1
    return low


def _compute_likelihood(near: Stratum, far: Stratum, found: int, positives: int) -> float:
    """Return the highest probability of at most `found` in the sample, over all divisions."""
    least, most = max(0, positives - far.size), min(near.size, positives)
    near_positives = np.arange(least, most + 1)
    in_near = _compute_at_most(near, near_positives, found)
    in_far = _compute_at_most(far, positives - near_positives, found)
    exactly_near = np.diff(in_near, axis=0, prepend=0.0)
    return float((exactly_near * in_far[::-1]).sum(axis=0).max())


def _compute_at_most(
    stratum: Stratum, positives: NDArray[np.int64], found: int
) -> NDArray[np.float64]:
    """Return the probability of at most 0 to `found` positives in the sample.

    Args:
        positives: int64 (n,), the positives in the stratum.

    Returns: float64 (found + 1, n).
    """
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, stratum.size + 1)))])

    def choose(whole: NDArray[np.int64], part: NDArray[np.int64]) -> NDArray[np.float64]:
        possible = (part >= 0) & (part <= whole)
        part = np.where(possible, part, 0)
        ways = log_factorial[whole] - log_factorial[part] - log_factorial[whole - part]
        return np.where(possible, ways, -np.inf)

    drawn = np.arange(found + 1)[:, None]
    ways = choose(positives[None, :], drawn)
    ways += choose(stratum.size - positives[None, :], stratum.sampled - drawn)
    ways -= choose(np.array(stratum.size), np.array(stratum.sampled))
    return np.cumsum(np.exp(ways), axis=0)
