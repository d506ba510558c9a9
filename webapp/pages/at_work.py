"""The sentences about a job at work; its page and its progress as JSON share them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ml.scoring.piles import Pile
from ml.sieve.look import LOOK_PICTURES, Look
from webapp.pages.filters import format_time_left, pluralize
from webapp.records import JobState, Progress
from webapp.services.histogram import Bar

UNLIKE = "They are unlike the pictures that MonaSieve was measured on: expect more mistakes."
ORDINALS = {2: "Second", 3: "Third", 4: "Fourth", 5: "Fifth"}


def describe_progress(progress: Progress, title: str) -> dict[str, str]:
    """Return the page's sentences by the name of their field; empty: nothing to say.

    Args:
        title: of the target.
    """
    return {
        "headline": describe_state(progress),
        "left": describe_time_left(progress),
        "line": describe_line(progress),
        "look": describe_look(progress, title),
    }


def draw_scores(bars: Sequence[Bar]) -> list[float]:
    """Return the height of each bar, 0..1.

    Heights are square roots, so that a thousand pictures at one end do not hide three in the
    middle. The bars at both ends hold all that lies beyond the axis, so they may be cut.
    """
    highest = max([1, *(bar.count for bar in bars[1:-1])])
    return [round(min(1.0, math.sqrt(bar.count / highest)), 3) for bar in bars]


def describe_state(progress: Progress) -> str:
    return "Sorting your pictures" if progress.state is JobState.RUNNING else "In line"


def describe_time_left(progress: Progress) -> str:
    """Return the time left, or what happens until it is known."""
    if progress.blocked_by:
        return "Waiting"
    if progress.jobs_before:
        position = progress.jobs_before + 1
        return f"{ORDINALS.get(position, f'Number {position}')} in line"
    if progress.state is not JobState.RUNNING:
        return "It starts in a moment."
    if progress.seconds_left is not None:
        left = format_time_left(progress.seconds_left)
        return left[:1].upper() + left[1:]
    if progress.done == progress.piles[Pile.SKIPPED]:
        return "Reading the first pictures…"
    return "Finishing…" if progress.done == progress.total else "Estimating the time left…"


def describe_line(progress: Progress) -> str:
    """Return how the job shares the computer with others."""
    if progress.jobs_before:
        jobs = "The job" if progress.jobs_before == 1 else "The jobs"
        return f"{jobs} that you put first will be done before this one."
    if progress.is_put_first and progress.jobs_beside:
        return f"Goes before {pluralize(progress.jobs_beside, 'other job')}."
    if progress.jobs_beside:
        return f"Takes turns with {pluralize(progress.jobs_beside, 'other job')}."
    return ""


def describe_look(progress: Progress, title: str) -> str:
    """Return what the pictures so far are like; the first ones are from all over the archive."""
    looked = progress.done - progress.piles[Pile.SKIPPED]
    if looked < min(LOOK_PICTURES, progress.total - progress.piles[Pile.SKIPPED]) or not looked:
        return ""
    found = describe_trouble(progress.piles[Pile.UNREADABLE], progress.copies)
    sentence = f"Of {pluralize(looked, 'picture')} so far: {found}."
    kinds = progress.kinds.describe(title)
    return " ".join(filter(None, (sentence, kinds, UNLIKE * progress.is_unlike)))


def describe_early_look(look: Look, *, total: int, title: str) -> str:
    """Return what some pictures of an upload of `total` pictures are like.

    Args:
        title: of the target.
    """
    about = f"about {look.showing:,} {'shows' if look.showing == 1 else 'show'} {title}"
    showing = about if look.showing else f"none seems to show {title}"
    found = describe_trouble(look.unreadable, look.copies)
    sentence = f"A look at {look.pictures:,} of {total:,} pictures: {showing}; {found}."
    kinds = look.kinds.describe(title, among="of them")
    return " ".join(filter(None, (sentence, kinds, UNLIKE * look.is_unlike)))


def describe_trouble(unreadable: int, copies: int) -> str:
    """Return how many of some pictures are unreadable or copies, as a part of a sentence."""
    parts = [f"{unreadable:,} unreadable"] * bool(unreadable)
    parts += [f"{'1 copy' if copies == 1 else f'{copies:,} copies'} of others"] * bool(copies)
    return " and ".join(parts) or "none unreadable, none twice"
