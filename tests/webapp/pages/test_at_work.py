"""The sentences about a job at work."""

import pytest

from ml.scoring.kind_counts import KindCounts
from ml.scoring.piles import Pile
from ml.sieve.look import Look
from webapp.pages.at_work import describe_early_look, describe_look, describe_time_left, draw_scores
from webapp.records import JobState, Progress
from webapp.services.histogram import Bar


def progress(
    *,
    state: JobState = JobState.RUNNING,
    done: int = 5,
    seconds_left: float | None = None,
    jobs_before: int = 0,
    blocked_by: str | None = None,
    unreadable: int = 0,
    copies: int = 0,
    is_unlike: bool = False,
    kinds: KindCounts = KindCounts(),  # noqa: B008 - it is frozen
) -> Progress:
    """A job of ten files, one of which is skipped."""
    piles = dict.fromkeys(Pile, 0) | {Pile.SKIPPED: 1, Pile.UNREADABLE: unreadable}
    piles[Pile.REJECTED] = done - 1 - unreadable
    return Progress(
        state=state,
        done=done,
        total=10,
        pictures_per_second=None,
        seconds_left=seconds_left,
        piles=piles,
        newest_kept=[],
        copies=copies,
        is_unlike=is_unlike,
        kinds=kinds,
        is_put_first=False,
        jobs_before=jobs_before,
        jobs_beside=0,
        error=None,
        note=None,
        blocked_by=blocked_by,
    )


def make_look(
    *,
    showing: int = 0,
    unreadable: int = 0,
    copies: int = 0,
    pages: int = 0,
    is_unlike: bool = False,
) -> Look:
    """A look at 50 pictures."""
    kinds = KindCounts(50 - unreadable, photographs=0, pages=pages)
    return Look(50, showing, unreadable, copies, kinds, is_unlike)


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (progress(state=JobState.QUEUED), "It starts in a moment."),
        (progress(done=1), "Reading the first pictures…"),
        (progress(), "Estimating the time left…"),
        (progress(seconds_left=125), "2 min 5 s left"),
        (progress(seconds_left=4.6), "5 s left"),
        (progress(seconds_left=0.4), "Almost done"),
        (progress(done=10), "Finishing…"),
        (progress(jobs_before=2), "Third in line"),
        (progress(jobs_before=11), "Number 12 in line"),
        (progress(jobs_before=2, blocked_by="The disk is full."), "Waiting"),
    ],
)
def test_the_time_left_is_a_sentence(now: Progress, sentence: str) -> None:
    assert describe_time_left(now) == sentence


def test_the_bars_of_the_plot_are_roots_and_the_ends_may_be_cut() -> None:
    counts = [100, 4, 0, 1, 9]
    bars = [Bar(count, Pile.REJECTED) for count in counts]
    assert draw_scores(bars) == [1.0, 1.0, 0.0, 0.5, 1.0]
    assert draw_scores([Bar(0, Pile.KEPT)] * 3) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (progress(done=9), ""),
        (progress(done=10), "Of 9 pictures so far: none unreadable, none twice."),
        (
            progress(done=10, unreadable=2, copies=1),
            "Of 9 pictures so far: 2 unreadable and 1 copy of others.",
        ),
        (
            progress(done=10, copies=3, is_unlike=True),
            "Of 9 pictures so far: 3 copies of others. They are unlike the pictures that "
            "MonaSieve was measured on: expect more mistakes.",
        ),
        (
            progress(done=10, kinds=KindCounts(9, photographs=4, pages=0)),
            "Of 9 pictures so far: none unreadable, none twice. 4 or more of 9 pictures from all "
            "over the archive look like photographs. How often Mona is found in photographs, of "
            "figures or cosplay, was not measured.",
        ),
    ],
)
def test_the_first_look_is_a_sentence(now: Progress, sentence: str) -> None:
    assert describe_look(now, "Mona") == sentence


@pytest.mark.parametrize(
    ("look", "sentence"),
    [
        (
            make_look(showing=3, unreadable=2, copies=1),
            "A look at 50 of 1,204 pictures: about 3 show Mona; 2 unreadable and 1 copy of others.",
        ),
        (
            make_look(showing=1),
            "A look at 50 of 1,204 pictures: about 1 shows Mona; none unreadable, none twice.",
        ),
        (
            make_look(copies=2, is_unlike=True),
            "A look at 50 of 1,204 pictures: none seems to show Mona; 2 copies of others. They are "
            "unlike the pictures that MonaSieve was measured on: expect more mistakes.",
        ),
        (
            make_look(showing=3, pages=13),
            "A look at 50 of 1,204 pictures: about 3 show Mona; none unreadable, none twice. "
            "About 13 of them look like pages of comics or text. How often Mona is found in the "
            "small panels of a page was not measured.",
        ),
    ],
)
def test_an_early_look_is_a_sentence(look: Look, sentence: str) -> None:
    assert describe_early_look(look, total=1_204, title="Mona") == sentence
