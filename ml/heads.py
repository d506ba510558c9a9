"""A target's head: from the embeddings of a picture's looks to calibrated evidence.

What the evidence of a whole archive says of the target's share in it: `ml/share.py`. How good
scores are: `ml/metrics.py`.
"""

import numpy as np
from numpy.typing import NDArray

from ml.artifact import Head, TargetCard


def evidence(head: Head, card: TargetCard, embeddings: NDArray[np.float16]) -> NDArray[np.float32]:
    """Log-likelihood ratio (natural log) of the best look: there against not there.

    Args:
        embeddings: float16 (n, looks, dim).

    Returns: float32 (n,).
    """
    return np.float32(card.slope) * best_look(head, embeddings) + np.float32(card.intercept)


def best_look(head: Head, embeddings: NDArray[np.float16]) -> NDArray[np.float32]:
    """What the head says of the look that it likes best, before calibration: float32 (n,)."""
    scores: NDArray[np.float32] = embeddings.astype(np.float32) @ head.weight + head.bias
    best: NDArray[np.float32] = scores.max(axis=1)
    return best
