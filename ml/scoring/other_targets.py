"""What other targets explain of a target's evidence, in an archive that shows several.

Evidence compares a target with the pictures of a calibration, which show all sorts of things. An
archive full of one game's characters is full of pictures that look a little like each of them, and
each would be counted for all. So an archive is a mixture of the targets and of nobody: its
likelihood is prod(nobody + sum of prevalence * exp(evidence)), and expectation maximisation finds
the prevalences. What a picture owes to the others is then taken off a target's evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST_EXPLAINED = 4.0
"""Evidence that others can take off. A picture of two characters has more for each, and counts for
both; bench/presence_counts.py has the counts that this gives."""
_CLIP = 20.0  # evidence beyond it would drown the other targets in the rounding of a sum
_PRIOR_PICTURES = 10.0  # as in ml.scoring.prevalence
_LARGEST_PRIOR = 0.5  # of all targets together
_STEPS = 60
_CLOSE = 0.1  # of a picture; estimates that move less from step to step are near their end


def subtract_others(evidence: NDArray[np.float32], priors: Sequence[float]) -> NDArray[np.float32]:
    """Return each target's evidence without what the other targets explain, float32 (targets, n).

    Evidence only falls, because what no other target explains may be anybody.

    Args:
        evidence: float32 (targets, n), natural log, finite.
        priors: the cards' prevalences, 0..1.
    """
    ratios = evidence.astype(np.float64)  # the largest array here, so it is changed in place
    np.exp(np.clip(ratios, -_CLIP, _CLIP, out=ratios), out=ratios)
    prevalences = _fit_prevalences(ratios, np.asarray(priors, np.float64))
    together = _mix(ratios, prevalences)
    rest = np.empty_like(evidence)
    for row, (ratio, prevalence) in enumerate(zip(ratios, prevalences, strict=True)):
        others = (together - prevalence * ratio) / (1 - prevalence)
        rest[row] = evidence[row] - np.log(np.clip(others, 1.0, np.exp(_MOST_EXPLAINED)))
    return rest


def _fit_prevalences(
    ratios: NDArray[np.float64], priors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the likeliest prevalence of each target, float64 (targets,); together below 1."""
    priors = priors * min(1.0, _LARGEST_PRIOR / max(priors.sum(), _LARGEST_PRIOR))
    pictures, prevalences = ratios.shape[1], priors
    for _ in range(_STEPS):
        # Not by @: a product with one vector waits for all threads of BLAS, eight times as long
        # on a busy machine.
        shares = np.einsum("tn,n->t", ratios, 1 / _mix(ratios, prevalences))
        before = prevalences
        prevalences = before * shares + _PRIOR_PICTURES * priors
        prevalences /= pictures + _PRIOR_PICTURES
        if pictures * np.abs(prevalences - before).max(initial=0.0) < _CLOSE:
            break
    return prevalences


def _mix(ratios: NDArray[np.float64], prevalences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the likelihood ratio of each picture, float64 (n,), against an archive of nobody."""
    of_targets = np.einsum("t,tn->n", prevalences, ratios)
    return np.asarray(of_targets + 1 - prevalences.sum(), np.float64)
