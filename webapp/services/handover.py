"""One page about a result, to print and hand over: counts, scores, estimates, certificate."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml.scoring.archive_curve import END
from ml.scoring.piles import Pile, compute_evidence_at
from webapp.services.histogram import AXIS_END
from webapp.services.mistakes import JobMistakes, find_step, read_mistakes
from webapp.services.review import Result, read_result
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery, Shown

BARS = 96


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the axis of scores. Heights are 0..1."""

    index: int
    """From 0, the least likely pictures, to BARS - 1."""
    pile: Pile
    height: float
    expected: float
    """The part that probably shows the target, from below."""
    wrong: float
    """The part that is probably in the wrong pile: from above if kept, from below if rejected."""


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """A number of pictures with its 90 % interval."""

    middle: int
    low: int
    high: int


@dataclasses.dataclass(frozen=True, slots=True)
class Handover:
    """The content of the page."""

    result: Result
    bars: Sequence[Bar]
    wrong: Range
    left_behind: Range
    verdicts: int
    caution: str | None


def read_handover(stores: Stores, job_id: str) -> Handover:
    """Return what is known of a result. Raises NotFound."""
    result = read_result(stores, job_id, Pile.KEPT, Shown.ALL, after=0, limit=1)
    mistakes = read_mistakes(stores, job_id)
    with stores.reading() as tables:
        table = tables.columns.read_scored(PictureQuery.of(result.job))
    step = find_step(result.job.threshold)
    estimates = (mistakes.wrong, mistakes.left_behind)
    wrong, left_behind = (
        Range(round(e.middle[step]), round(e.low[step]), round(e.high[step])) for e in estimates
    )
    return Handover(
        result=result,
        bars=_make_bars(result, mistakes, table["evidence"], table["verdict"]),
        wrong=wrong,
        left_behind=left_behind,
        verdicts=mistakes.verdicts,
        caution=mistakes.caution,
    )


def _make_bars(
    result: Result,
    mistakes: JobMistakes,
    evidence: NDArray[np.float32],
    verdicts: NDArray[np.int8],
) -> list[Bar]:
    """Divide the axis as the plot of the result page does."""
    job = result.job
    log_odds = evidence - compute_evidence_at(0.5, job.prevalence)
    curve = np.interp(evidence, np.linspace(-END, END, len(mistakes.curve)), mistakes.curve)
    expected = np.where(verdicts == 0, curve, verdicts > 0)
    places = (np.clip(log_odds, -AXIS_END, AXIS_END) + AXIS_END) / (2 * AXIS_END) * BARS
    bars = np.minimum(places.astype(np.int64), BARS - 1)
    counts = np.bincount(bars, minlength=BARS)
    targets = np.bincount(bars, weights=expected, minlength=BARS)
    # All that lies beyond the axis is in the bars at its ends: they may be cut.
    highest = max(1, counts[1:-1].max())
    heights = np.minimum(np.sqrt(counts / highest), 1.0)
    one = heights / np.maximum(counts, 1)
    wrong = {
        Pile.KEPT: counts - targets - np.bincount(bars[verdicts < 0], minlength=BARS),
        Pile.REJECTED: targets - np.bincount(bars[verdicts > 0], minlength=BARS),
    }
    piles = [_find_pile(result, bar) for bar in range(BARS)]
    return [
        Bar(
            index=bar,
            pile=pile,
            height=float(heights[bar]),
            expected=float(one[bar] * targets[bar]),
            wrong=float(one[bar] * wrong[pile][bar]) if pile in wrong else 0.0,
        )
        for bar, pile in enumerate(piles)
    ]


def _find_pile(result: Result, bar: int) -> Pile:
    log_odds = ((bar + 0.5) / BARS * 2 - 1) * AXIS_END
    probability = 1 / (1 + np.exp(-log_odds))
    if probability >= result.job.threshold:
        return Pile.KEPT
    return Pile.UNSURE if probability >= result.job.unsure_threshold else Pile.REJECTED
