"""How many of the pictures that are not kept are worth a look, before nearly all misses are found.

A review of them begins at the highest evidence. Its end is where the expected number of found
pictures reaches a part of all that were left behind. Verdicts change the archive's curves, so the
end is computed again after each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.scoring.archive_curve import EvidenceBins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.scoring.archive_curve import Curves

RECALL = 0.95
"""The part of the pictures that were left behind which a whole review finds, about."""

_NOTHING = 0.5  # if fewer pictures are expected to be left, a review would look for nothing
_CURVES = 2 / 3  # of the curves; half of them ends too soon, see bench/review_queue.py


def count_worth_a_look(evidence: NDArray[np.float32], curves: Curves, *, found: int) -> int:
    """Return how many pictures to look at, from the highest evidence down.

    Args:
        evidence: float32 (n,), natural log, of the pictures that are not kept and have no verdict.
        curves: of the archive.
        found: pictures of the target that were left behind, and that the user has found.
    """
    bins = EvidenceBins.of(evidence)
    sizes, levels = bins.sizes[::-1], bins.levels[::-1]
    found_by = np.cumsum(sizes * curves.predict(levels), axis=1)  # (draws, bins)
    left = found_by[:, -1]
    wanted = np.where(left < _NOTHING, 0.0, RECALL * (found + left) - found)
    seen = np.pad(np.cumsum(sizes), (1, 0))
    ends = [
        np.interp(max(need, 0.0), np.pad(row, (1, 0)), seen)
        for row, need in zip(found_by, wanted, strict=True)
    ]
    return int(np.ceil(np.quantile(ends, _CURVES)))
