"""From a confidence to the evidence at which SQL and NumPy part the piles, exactly."""

from __future__ import annotations

import functools
import math

from ml.scoring.piles import Thresholds, probability_of
from webapp.records import Job
from webapp.storage.pictures import Lens

STEPS = 1000
"""The slider's steps from 0 to 1."""

_CERTAIN = 2_000.0
"""Evidence beyond which a probability is 0 or 1 whatever the share (natural log)."""


def lens(job: Job, confidence: float | None = None) -> Lens:
    """How the job's pictures are looked at, at its own thresholds or at another confidence."""
    thresholds = job.thresholds if confidence is None else Thresholds.two_piles(confidence)
    return Lens(
        job,
        keep=cut_at(thresholds.keep, job.share),
        unsure=cut_at(thresholds.unsure, job.share),
    )


def cut_at(probability: float, share: float) -> float:
    """The least evidence whose probability reaches `probability`.

    Its formula, logit(probability) - logit(share), rounds: a picture exactly at the border would
    be in one pile by evidence and in the other by probability. So this asks `probability_of`
    itself, halving the interval until two neighbouring floats are left.
    """
    if probability <= 0.0:
        return -math.inf
    below, above = -_CERTAIN, _CERTAIN
    while True:
        middle = (below + above) / 2
        if middle in (below, above):
            return above
        if probability_of(middle, share) >= probability:
            above = middle
        else:
            below = middle


@functools.lru_cache(maxsize=64)
def slider_cuts(share: float) -> tuple[float, ...]:
    """The cut of each step of the slider: 1001 values, rising."""
    return tuple(cut_at(step / STEPS, share) for step in range(STEPS + 1))
