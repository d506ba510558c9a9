"""A running job, as the loop holds it: figures only, its pictures stay in the database."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Generator

from webapp.records import Job

RATE_SECONDS = 10.0
"""The rate of a running job is that of its last so many seconds."""


@dataclasses.dataclass(slots=True, eq=False)
class RunningJob:
    """A job, when it was begun, and how fast results have come back lately."""

    job: Job
    begun: float
    """On the monotonic clock."""
    copying: Generator[None, None, str] | None = None
    """Copies one kept picture a step; returns a sentence on what came of it."""
    _times: collections.deque[tuple[float, int]] = dataclasses.field(
        default_factory=collections.deque
    )

    def count(self, new: int, now: float) -> None:
        """Count results in."""
        self._times.append((now, new))

    def compute_rate(self, now: float) -> float:
        """Pictures per second, lately."""
        while self._times and self._times[0][0] < now - RATE_SECONDS:
            self._times.popleft()
        seconds = max(min(RATE_SECONDS, now - self.begun), 1.0)
        return sum(new for _, new in self._times) / seconds
