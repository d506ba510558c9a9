from __future__ import annotations

import pytest

from ml.scoring.piles import Pile
from webapp.errors import NotFound, PreferenceRefused
from webapp.records import Job
from webapp.services import jobs, review
from webapp.storage import Stores


def test_every_member_is_in_one_pile_and_the_counts_add_up(
    stores: Stores, finished_job: Job
) -> None:
    counts = review.count_piles(stores, finished_job)
    assert sum(counts.values()) == finished_job.total == 26
    assert (counts[Pile.UNREADABLE], counts[Pile.SKIPPED]) == (1, 1)
    assert 11 <= counts[Pile.KEPT] <= 13


def test_another_confidence_moves_pictures_and_scores_none(
    stores: Stores, finished_job: Job
) -> None:
    before = stores.files.embeddings(finished_job.id).stat().st_mtime_ns
    everything = review.set_confidence(stores, finished_job.id, 0.0)
    assert review.count_piles(stores, everything)[Pile.KEPT] == 24
    assert jobs.get(stores, finished_job.id).confidence == 0.0
    assert review.read_summary(stores, finished_job.id).piles[Pile.KEPT] == 24
    assert stores.files.embeddings(finished_job.id).stat().st_mtime_ns == before


def test_a_confidence_to_look_through_changes_nothing(stores: Stores, finished_job: Job) -> None:
    assert review.count_piles(stores, finished_job, 0.0)[Pile.KEPT] == 24
    assert jobs.get(stores, finished_job.id) == finished_job


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_a_confidence_outside_its_range_is_refused(
    stores: Stores, finished_job: Job, confidence: float
) -> None:
    with pytest.raises(PreferenceRefused, match="between 0 % and 100 %"):
        review.set_confidence(stores, finished_job.id, confidence)


def test_galleries_begin_next_to_the_border_and_page_without_gaps(
    stores: Stores, finished_job: Job
) -> None:
    seen: list[float] = []
    after: int | None = 0
    while after is not None:
        page = review.read_gallery(stores, finished_job, Pile.REJECTED, after=after, limit=5)
        seen += [p.probability for p in page.pictures if p.probability is not None]
        after = page.next
    assert len(seen) == review.count_piles(stores, finished_job)[Pile.REJECTED]
    assert seen == sorted(seen, reverse=True)


def test_pictures_page_in_archive_order(stores: Stores, finished_job: Job) -> None:
    first = review.list_pictures(stores, finished_job, limit=20)
    rest = review.list_pictures(stores, finished_job, after=first.next or 0, limit=20)
    assert [p.number for p in first.pictures + rest.pictures] == list(range(26))
    assert (first.next, rest.next) == (19, None)
    unreadable = review.list_pictures(stores, finished_job, Pile.UNREADABLE).pictures
    assert [(p.path, p.probability) for p in unreadable] == [("broken.jpg", None)]
    assert unreadable[0].reason


@pytest.mark.parametrize("number", [-1, 99, 10**30])
def test_no_such_picture_is_said(stores: Stores, finished_job: Job, number: int) -> None:
    with pytest.raises(NotFound, match=f"no picture number {number}"):
        review.get_picture(stores, finished_job, number)


def test_a_page_that_nobody_could_ask_for_is_empty_or_the_first(
    stores: Stores, finished_job: Job
) -> None:
    kept = review.read_gallery(stores, finished_job, Pile.KEPT)
    assert review.read_gallery(stores, finished_job, Pile.KEPT, after=-7) == kept
    assert review.read_gallery(stores, finished_job, Pile.KEPT, after=10**30).pictures == []
    assert review.list_pictures(stores, finished_job, after=10**30).pictures == []
    assert len(review.list_pictures(stores, finished_job, limit=-1).pictures) == 1
    assert len(review.list_pictures(stores, finished_job, limit=10**30).pictures) == 26
