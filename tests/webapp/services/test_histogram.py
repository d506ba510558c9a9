"""The plot of a job at work."""

from __future__ import annotations

from ml.scoring.piles import Pile
from webapp.records import Job
from webapp.services.histogram import BARS, read_histogram
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery


def test_every_scored_picture_is_in_one_bar(stores: Stores, finished_job: Job) -> None:
    bars = read_histogram(stores, finished_job.id)
    assert len(bars) == BARS
    assert sum(bar.count for bar in bars) == 24
    assert bars[-1].pile is Pile.KEPT
    assert sum(bar.count for bar in bars[BARS // 2 :]) >= 11, "the circles"
    order = [Pile.REJECTED, Pile.UNSURE, Pile.KEPT]
    numbers = [order.index(bar.pile) for bar in bars]
    assert numbers == sorted(numbers)


def test_what_lies_beyond_the_axis_is_at_its_ends(stores: Stores, finished_job: Job) -> None:
    query = PictureQuery.of(finished_job)
    with stores.reading() as tables:
        count = tables.progress.count_by_evidence
        assert count(query, low=1e6, width=1.0, bars=3) == [24, 0, 0]
        assert count(query, low=-1e6, width=1.0, bars=3) == [0, 0, 24]
