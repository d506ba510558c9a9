"""Serve runs so that small archives pass large ones. A failing run fails alone.

Four of five shards are of the run that has got the fewest pictures so far, so that a new run
catches up with the others. The fifth is of the run that has waited longest, so every run goes on.
"""

import collections
import dataclasses
import functools
from collections.abc import Callable, Sequence

from ml.scoring.prevalence import Prevalence
from ml.sieve.executor import Executor, Finished
from ml.sieve.run import Run
from ml.sieve.shard import choose_shard_size

ROUND = 5  # shards, of which the last one is of the run that has waited longest


@dataclasses.dataclass(frozen=True)
class Progressed:
    """Some results of a run were stored."""

    run: Run
    new: int  # number of results stored for the first time


@dataclasses.dataclass(frozen=True)
class Ended:
    """Every member of the run has its outcome; the run has left the scheduler."""

    run: Run
    prevalence: Prevalence


@dataclasses.dataclass(frozen=True)
class Failed:
    """The run cannot continue; it has left the scheduler."""

    run: Run
    error: Exception


Event = Progressed | Ended | Failed


@dataclasses.dataclass(slots=True, eq=False)
class _Entry:
    """A run in the scheduler."""

    run: Run
    key: object = dataclasses.field(default_factory=object)  # drops results of a run that has left
    in_flight: int = 0  # members handed out whose results have not come
    served: int = 0  # members handed out so far
    is_exhausted: bool = False  # all members were handed out
    new: int = 0  # results since the last restart


class Scheduler:
    """Keeps an executor busy with shards of its runs."""

    def __init__(self, executor: Executor) -> None:
        """`executor` must not be used by anything else."""
        self._executor = executor
        self._entries: collections.OrderedDict[Run, _Entry] = collections.OrderedDict()
        self._first: Sequence[Run] = ()
        self._shards = 0  # handed out so far

    @property
    def is_idle(self) -> bool:
        """True if there is no run and no shard in flight."""
        return not self._entries and not self._executor.busy

    def add(self, run: Run) -> None:
        """Add a run."""
        self._entries[run] = _Entry(run)

    def put_first(self, runs: Sequence[Run]) -> None:
        """Serve these runs, in this order, before the others."""
        self._first = runs

    def remove(self, run: Run) -> None:
        """Remove a run. Its later results are dropped."""
        self._entries.pop(run, None)

    def step(self, timeout: float) -> list[Event]:
        """Hand out shards, store results that come within `timeout` seconds, end finished runs."""
        events: list[Event] = []
        self._fill(events)
        for finished in self._wait(timeout, events):
            self._store(finished, events)
        for entry in list(self._entries.values()):
            if entry.is_exhausted and not entry.in_flight:
                self._end(entry, events)
        return events

    def _fill(self, events: list[Event]) -> None:
        while self._executor.free and (entry := self._next_entry()):
            self._guard(entry, events, functools.partial(self._hand_out, entry))

    def _next_entry(self) -> _Entry | None:
        entries = [entry for entry in self._entries.values() if not entry.is_exhausted]
        first = next((e for run in self._first for e in entries if e.run is run), None)
        if first or not entries:
            return first
        if self._shards % ROUND == ROUND - 1:
            return entries[0]
        return min(entries, key=lambda entry: entry.served)

    def _hand_out(self, entry: _Entry) -> None:
        # All runs get shards of one size, because larger ones would delay small archives.
        pictures = min(other.run.pictures for other in self._entries.values())
        shard = entry.run.make_next_shard(choose_shard_size(pictures, self._executor.workers))
        if shard is None:
            entry.is_exhausted = True
            return
        self._executor.submit(entry.key, shard)
        entry.in_flight += len(shard.numbers)
        entry.served += len(shard.numbers)
        self._shards += 1
        self._entries.move_to_end(entry.run)

    def _wait(self, timeout: float, events: list[Event]) -> list[Finished]:
        if not self._executor.busy:
            return []
        try:
            return self._executor.finished(timeout)
        except Exception as error:  # noqa: BLE001 - all workers are lost, so every run fails
            for entry in list(self._entries.values()):
                self._fail(entry, events, error)
            return []

    def _store(self, finished: Finished, events: list[Event]) -> None:
        entry = next((e for e in self._entries.values() if e.key is finished.key), None)
        if entry is None:
            return

        def store() -> None:
            if finished.error is not None:
                raise finished.error
            new = entry.run.take(finished.results)
            entry.in_flight -= len(finished.results)
            entry.new += new
            events.append(Progressed(entry.run, new))

        self._guard(entry, events, store)

    def _end(self, entry: _Entry, events: list[Event]) -> None:
        def end() -> None:
            if entry.run.restart():
                if not entry.new:
                    raise RuntimeError("some pictures were handed out but no result came back")
                entry.is_exhausted, entry.new = False, 0
                return
            prevalence = entry.run.finish()
            self.remove(entry.run)
            events.append(Ended(entry.run, prevalence))

        self._guard(entry, events, end)

    def _guard(self, entry: _Entry, events: list[Event], step: Callable[[], None]) -> None:
        """Run one step of a run; any error ends this run and no other."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the host shows and logs it
            self._fail(entry, events, error)

    def _fail(self, entry: _Entry, events: list[Event], error: Exception) -> None:
        self.remove(entry.run)
        events.append(Failed(entry.run, error))
