"""The runner in a thread of the tests, so that a test can hold it at a point of its choice."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from ml.sieve.executor import Executor, Finished
from ml.sieve.shard import Shard
from webapp.runner.loop import Loop
from webapp.runner.stop import Stop
from webapp.services.health import LANE
from webapp.storage import Stores
from webapp.storage.lane import hold_lane


class HeldExecutor:
    """Another executor whose finished shards come back only as far as a test lets them."""

    def __init__(self, executor: Executor) -> None:
        self.workers = executor.workers
        self._executor = executor
        self._changed = threading.Condition()
        self._allowed: int | None = None  # shards that may still come back; None: all
        self._waiting: list[Finished] = []

    @property
    def free(self) -> int:
        return self._executor.free

    @property
    def busy(self) -> bool:
        return self._executor.busy or bool(self._waiting)

    def submit(self, key: Hashable, shard: Shard) -> None:
        self._executor.submit(key, shard)

    def finished(self, timeout: float) -> list[Finished]:
        with self._changed:
            if self._allowed == 0:
                self._changed.wait_for(lambda: self._allowed != 0, timeout)
                return []
            if not self._waiting:
                self._waiting = self._executor.finished(timeout)
            count = len(self._waiting) if self._allowed is None else self._allowed
            now, self._waiting = self._waiting[:count], self._waiting[count:]
            if self._allowed is not None:
                self._allowed -= len(now)
            return now

    def close(self) -> None:
        self._executor.close()

    def allow(self, shards: int | None) -> None:
        """Let so many shards come back from now on; None lets all."""
        with self._changed:
            self._allowed = shards
            self._changed.notify()


class HeldRunner:
    """Works off a data folder's jobs while its context lasts."""

    def __init__(self, stores: Stores, executor: Executor) -> None:
        """Nothing else may use `executor`."""
        self._stores = stores
        self._executor = HeldExecutor(executor)
        self._stop = Stop()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> HeldRunner:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.ask()
        self._thread.join()

    @property
    def is_idle(self) -> bool:
        """Whether no shard is at work, so that the next one to come back is a new job's."""
        return not self._executor.busy

    @contextmanager
    def held(self, *, after: int = 0) -> Iterator[None]:
        """Store the results of so many more shards and of no other one, until the block ends."""
        self._executor.allow(after)
        try:
            yield
        finally:
            self._executor.allow(None)

    def _run(self) -> None:
        with hold_lane(self._stores.files.lock(LANE)):
            Loop(self._stores, self._executor, self._stop).run()
