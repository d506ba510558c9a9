"""A running job in the loop's memory: its record and its rate. Pictures are in the database."""

from __future__ import annotations

import collections
import dataclasses

from webapp.records import Job

RATE_SECONDS = 10.0
"""The rate of a running job is computed over its last seconds."""


@dataclasses.dataclass(slots=True, eq=False)
class RunningJob:
    """A job, the time of its start, and its recent results."""

    job: Job
    begun: float
    """On the monotonic clock."""
    _times: collections.deque[tuple[float, int]] = dataclasses.field(
        default_factory=collections.deque
    )

    def count(self, new: int, now: float) -> None:
        self._times.append((now, new))

    def compute_rate(self, now: float) -> float:
        """Return the recent pictures per second."""
        while self._times and self._times[0][0] < now - RATE_SECONDS:
            self._times.popleft()
        seconds = max(min(RATE_SECONDS, now - self.begun), 1.0)
        return sum(new for _, new in self._times) / seconds
