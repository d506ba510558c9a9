"""How likely the pictures of a job are so far, as bars of a small plot that grows with it."""

from __future__ import annotations

import dataclasses
import math

from ml.scoring.piles import Pile
from webapp.services.jobs import require_job
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery

BARS = 46
AXIS_END = 9.21
"""Log-odds of 99.99 %; the axis begins at its negative. As in percent.js."""


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """The pictures of one stretch of the axis."""

    count: int
    pile: Pile
    """The pile of a picture in its middle, without a verdict."""


def read_histogram(stores: Stores, job_id: str) -> list[Bar]:
    """Return `BARS` bars, equally wide in log-odds, the least likely first. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        prior = _compute_log_odds(job.prevalence)
        counts = tables.progress.count_by_evidence(
            PictureQuery.of(job), low=-AXIS_END - prior, width=2 * AXIS_END / BARS, bars=BARS
        )
    bars = []
    for number, count in enumerate(counts):
        log_odds = AXIS_END * ((2 * number + 1) / BARS - 1)
        probability = 1 / (1 + math.exp(-log_odds))
        if probability >= job.threshold:
            pile = Pile.KEPT
        else:
            pile = Pile.UNSURE if probability >= job.unsure_threshold else Pile.REJECTED
        bars.append(Bar(count, pile))
    return bars


def _compute_log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))
