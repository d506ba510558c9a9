"""The runner's loop: shards in turn from all running jobs, results into rows.

look    cancelled and deleted jobs leave, queued ones join        (twice a second)
fill    every worker has something to do
collect what the workers bring back is stored
end     whoever has everything back is copied and finished
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ml.errors import MonaError
from ml.sieve.executor import Finished, ShardPool
from webapp.errors import StorageFull, no_room
from webapp.runner.stop import Stop
from webapp.runner.turns import Turn, Turns
from webapp.services import queue as sieve
from webapp.services import retention as housekeeping
from webapp.services.copies import copy_kept
from webapp.storage import Stores

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
FULL_SECONDS = 5.0
"""Until the next try when the disk is full."""
SWEEP_SECONDS = 3600.0
COPY_SECONDS = 0.2
"""How long kept pictures are copied before the other jobs have their turn."""


class Loop:
    """Works off the queue until it is told to stop."""

    def __init__(self, stores: Stores, pool: ShardPool, stop: Stop) -> None:
        """`pool` is this loop's alone."""
        self._stores = stores
        self._pool = pool
        self._stop = stop
        self._turns = Turns()
        self._unsaid: dict[str, Exception] = {}
        """Jobs that failed and whose rows do not say so yet, because the disk is full."""
        self._orphans_adopted = False
        self._next_look = self._next_sweep = self._next_shard = 0.0

    def run(self) -> None:
        """Work until stopped; then give the running jobs back to the queue."""
        while not self._stop.wait(0):
            self.step()
        sieve.give_back(self._stores)

    def step(self) -> None:
        """One round; takes half a second at most, or as long as it takes to store a shard."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_SECONDS
            try:
                self._look()
            except (StorageFull, OSError) as error:
                if not no_room(error):
                    raise
                self._wait_for_room(error)
        self._fill()
        self._collect()
        for turn in self._turns:
            if turn.handed_out and not turn.flying:
                self._end(turn)

    def _look(self) -> None:
        if not self._orphans_adopted:
            sieve.adopt_orphans(self._stores)
            self._orphans_adopted = True
        for job_id, error in list(self._unsaid.items()):
            sieve.fail(self._stores, job_id, error)
            del self._unsaid[job_id]
        alive = sieve.still_running(self._stores, self._turns.job_ids)
        for turn in self._turns:
            if turn.job.id not in alive:
                self._turns.remove(turn)
        now = time.monotonic()
        for job, target in sieve.take_up(self._stores):
            self._turns.add(Turn(job, target, begun=now))
        if self._turns:
            rates = {turn.job.id: turn.rate(now) for turn in self._turns}
            sieve.report_rates(self._stores, rates)
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP_SECONDS
            housekeeping.sweep(self._stores)

    def _fill(self) -> None:
        if time.monotonic() < self._next_shard:
            return
        while self._pool.free and (turn := self._turns.next()):
            with self._answering_for(turn):
                shard = sieve.next_shard(self._stores, turn.job, turn.target, after=turn.after)
                if shard is None:
                    turn.handed_out = True
                    continue
                self._pool.submit(turn.key, shard)
                turn.after = shard.numbers[-1]
                turn.flying += len(shard.numbers)

    def _collect(self) -> None:
        """Store what has come back; rest a little where nothing is to be expected."""
        copying = any(turn.copying for turn in self._turns)
        if not self._pool.busy:
            if not copying:
                self._stop.wait(max(0.0, self._next_look - time.monotonic()))
            return
        for finished in self._pool.finished(timeout=0.0 if copying else LOOK_SECONDS):
            self._keep(finished)

    def _keep(self, finished: Finished) -> None:
        if (turn := self._turns.find(finished.key)) is None:
            return
        with self._answering_for(turn):
            if finished.error is not None:
                raise finished.error
            news = sieve.store(self._stores, turn.job, turn.target, finished.results)
            turn.came_back(len(finished.results), news, time.monotonic())
            if turn.share_is_due():
                sieve.decide_share(self._stores, turn.job, turn.target, ended=False)

    def _end(self, turn: Turn) -> None:
        with self._answering_for(turn):
            if turn.copying is None:
                if self._anything_left(turn):
                    return
                sieve.decide_share(self._stores, turn.job, turn.target, ended=True)
            note = self._copy(turn) if turn.job.copy_folder is not None else None
            if turn.copying is None:
                sieve.finish(self._stores, turn.job, note=note)
                self._turns.remove(turn)

    def _anything_left(self, turn: Turn) -> bool:
        """Begin anew if pictures still wait although everything was handed out."""
        turn.handed_out = not sieve.waits(self._stores, turn.job)
        if not turn.handed_out and not turn.news:
            raise RuntimeError("pictures were handed out and never came back")
        turn.after, turn.news = -1, 0
        return not turn.handed_out

    def _copy(self, turn: Turn) -> str | None:
        """Copy some kept pictures; a sentence when all are copied."""
        if turn.copying is None:
            turn.copying = copy_kept(self._stores, turn.job)
        until = time.monotonic() + COPY_SECONDS
        while time.monotonic() < until:
            try:
                next(turn.copying)
            except StopIteration as end:
                turn.copying = None
                return str(end.value)
        return None

    @contextmanager
    def _answering_for(self, turn: Turn) -> Iterator[None]:
        """Whatever goes wrong here is this job's failure and no other's; a full disk is none."""
        try:
            yield
        except (MonaError, OSError) as error:
            if no_room(error):
                self._begin_anew(turn, error)
            else:
                self._fail(turn, error)
        except Exception as bug:  # noqa: BLE001 - shown on the job and logged; the others go on
            self._fail(turn, bug)

    def _begin_anew(self, turn: Turn, error: Exception) -> None:
        """Hand out again what waits, when there may be room; what is on its way is forgotten."""
        self._turns.remove(turn)
        self._turns.add(Turn(turn.job, turn.target, begun=time.monotonic()))
        self._wait_for_room(error)

    def _wait_for_room(self, error: Exception) -> None:
        if time.monotonic() >= self._next_shard:  # said once for all shards that come back
            log.warning("no room, trying again in %g seconds: %s", FULL_SECONDS, error)
        self._next_look = self._next_shard = time.monotonic() + FULL_SECONDS

    def _fail(self, turn: Turn, error: Exception) -> None:
        self._turns.remove(turn)
        try:
            sieve.fail(self._stores, turn.job.id, error)
        except StorageFull:
            self._unsaid[turn.job.id] = error
