"""The runner's loop: shards in turn from all running jobs, results into rows, once a second a look
at what the user wants."""

from __future__ import annotations

import collections
import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Generator

from ml.artifact import Target
from ml.pool import Finished, ShardPool
from webapp.errors import StorageFull
from webapp.records import Job
from webapp.services import housekeeping, sieve
from webapp.services.copies import copy_kept
from webapp.storage import Stores

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often cancelled and queued jobs are noticed."""
SWEEP_SECONDS = 3600.0
RATE_SECONDS = 10.0
"""The rate of a running job is that of its last so many seconds."""
COPY_SECONDS = 0.2
"""How long kept pictures are copied before the others have their turn."""


@dataclasses.dataclass(slots=True)
class Turn:
    """A running job, as the loop holds it: figures only, its pictures stay in the database."""

    job: Job
    target: Target
    after: int = -1
    """Number of the last picture that was handed out."""
    flying: int = 0
    """Shards that are on their way."""
    news: int = 0
    """Pictures that came back since `after` was last set back."""
    copying: Generator[None, None, str] | None = None
    times: collections.deque[tuple[float, int]] = dataclasses.field(
        default_factory=collections.deque
    )
    """When how many pictures came back."""

    def rate(self, now: float) -> float:
        """Pictures per second, lately."""
        while self.times and self.times[0][0] < now - RATE_SECONDS:
            self.times.popleft()
        return sum(number for _, number in self.times) / RATE_SECONDS


class Loop:
    """Works off the queue until it is told to stop."""

    def __init__(self, stores: Stores, pool: ShardPool, stop: threading.Event) -> None:
        """`pool` is this loop's alone; `stop` may be set by a signal handler."""
        self._stores = stores
        self._pool = pool
        self._stop = stop
        self._turns: collections.OrderedDict[str, Turn] = collections.OrderedDict()
        self._failing: dict[str, Exception] = {}
        """Jobs whose failure could not be written yet: the disk may be full."""
        self._next_look = self._next_sweep = 0.0

    def run(self) -> None:
        """Work until stopped; then give the running jobs back to the queue."""
        sieve.adopt_orphans(self._stores)
        while not self._stop.is_set():
            self.step()
        sieve.give_back(self._stores)
