"""The running jobs, and whose turn it is."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Generator, Hashable, Iterator

from ml.targets.catalog import Target
from webapp.records import Job

RATE_SECONDS = 10.0
"""The rate of a running job is that of its last so many seconds."""

FIRST_SHARE = 32
"""Pictures from which the share of the target in an archive is estimated."""

_serials = itertools.count()


@dataclasses.dataclass(slots=True)
class Turn:
    """A running job, as the loop holds it: figures only, its pictures stay in the database."""

    job: Job
    target: Target
    begun: float
    """On the monotonic clock."""
    key: Hashable = dataclasses.field(default_factory=lambda: next(_serials))
    """Tells results of this run from those of an earlier one of the same job."""
    after: int = -1
    """Number of the last picture that was handed out."""
    flying: int = 0
    """Pictures that are on their way."""
    handed_out: bool = False
    """Nothing waits above `after`."""
    news: int = 0
    """Pictures that came back since the last time everything was handed out."""
    seen: int = 0
    """Pictures that came back in this run, counted once each."""
    next_share: int = FIRST_SHARE
    """The share is estimated again when so many have come back."""
    copying: Generator[None, None, str] | None = None
    times: collections.deque[tuple[float, int]] = dataclasses.field(
        default_factory=collections.deque
    )
    """When how many pictures came back."""

    def came_back(self, pictures: int, news: int, now: float) -> None:
        """Count results in."""
        self.flying -= pictures
        self.news += news
        self.seen += news
        self.times.append((now, news))

    def share_is_due(self) -> bool:
        """Whether the pictures have doubled since this was last true: estimates stay cheap."""
        due = self.seen >= self.next_share
        if due:
            self.next_share = 2 * self.seen
        return due

    def rate(self, now: float) -> float:
        """Pictures per second, lately."""
        while self.times and self.times[0][0] < now - RATE_SECONDS:
            self.times.popleft()
        seconds = max(min(RATE_SECONDS, now - self.begun), 1.0)
        return sum(number for _, number in self.times) / seconds


class Turns:
    """All running jobs in a circle."""

    def __init__(self) -> None:
        """Nobody yet."""
        self._circle: collections.OrderedDict[str, Turn] = collections.OrderedDict()

    def __iter__(self) -> Iterator[Turn]:
        """A copy, so that jobs may leave meanwhile."""
        return iter(list(self._circle.values()))

    def __len__(self) -> int:
        return len(self._circle)

    def add(self, turn: Turn) -> None:
        """A job joins the circle, as the next."""
        self._circle[turn.job.id] = turn
        self._circle.move_to_end(turn.job.id, last=False)

    def remove(self, turn: Turn) -> None:
        """A job leaves the circle."""
        self._circle.pop(turn.job.id, None)

    def find(self, key: Hashable) -> Turn | None:
        """The turn of this key, if it is still in the circle."""
        return next((turn for turn in self if turn.key == key), None)

    def next(self) -> Turn | None:
        """The next job that has something to hand out; it goes to the end of the circle."""
        for turn in self:
            if not turn.handed_out:
                self._circle.move_to_end(turn.job.id)
                return turn
        return None

    @property
    def job_ids(self) -> list[str]:
        """Who is in the circle."""
        return list(self._circle)
