"""How many of the pictures that are not kept are worth a look, before nearly all misses are found.

A review of them begins at the highest evidence. Its end is where the expected number of found
pictures reaches a part of all that were left behind. Verdicts change the archive's curves, so the
end is computed again after each of them.

A curve has one shape for the whole archive, and can be too high far from the border. So the last
verdicts bound it: a picture is no likelier than pictures of a higher evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.scoring.archive_curve import EvidenceBins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.scoring.archive_curve import Curves, Floats

RECALL = 0.95
"""The part of the pictures that were left behind which a whole review finds, about."""

_NOTHING = 0.5  # if fewer pictures are expected to be left, a review would look for nothing
_LAST_VERDICTS = 100  # with fewer, the bound would be chance
_CURVES = 2 / 3  # of the curves; half of them ends too soon, see bench/review_queue.py


def count_worth_a_look(
    evidence: NDArray[np.float32],
    curves: Curves,
    *,
    verdict_evidence: NDArray[np.float32],
    answers: NDArray[np.bool_],
) -> int:
    """Return how many pictures to look at, from the highest evidence down.

    Args:
        evidence: float32 (n,), natural log, of the pictures that are not kept and have no verdict.
        curves: of the archive.
        verdict_evidence: float32 (m,), of the pictures below the border that have a verdict.
        answers: bool (m,), True where the user said that it is the target.
    """
    found = int(answers.sum())
    bins = EvidenceBins.of(evidence)
    sizes, levels = bins.sizes[::-1], bins.levels[::-1]
    probabilities = np.minimum(curves.predict(levels), _bound(levels, verdict_evidence, answers))
    found_by = np.cumsum(sizes * probabilities, axis=1)  # (draws, bins)
    left = found_by[:, -1]
    wanted = np.where(left < _NOTHING, 0.0, RECALL * (found + left) - found)
    seen = np.pad(np.cumsum(sizes), (1, 0))
    ends = [
        np.interp(max(need, 0.0), np.pad(row, (1, 0)), seen)
        for row, need in zip(found_by, wanted, strict=True)
    ]
    return int(np.ceil(np.quantile(ends, _CURVES)))


def _bound(
    levels: Floats, verdict_evidence: NDArray[np.float32], answers: NDArray[np.bool_]
) -> Floats:
    """Return the highest probability at each level that the last verdicts allow.

    They are those of the lowest evidence. Among m of them with r positives the probability is
    (r + 1/2) / (m + 1), the mean by Jeffreys' prior; the m that bounds it most counts.
    """
    order = np.argsort(verdict_evidence)
    if len(order) < _LAST_VERDICTS:
        return np.ones_like(levels)
    found = np.cumsum(answers[order])
    bounds = (found + 0.5) / (np.arange(1, len(order) + 1) + 1.0)
    bound = bounds[_LAST_VERDICTS - 1 :].min()
    return np.where(levels <= verdict_evidence[order[0]], bound, 1.0)
