"""The runner in a process of its own, which a test can hold at a point of its choice."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from ml.sieve.executor import Executor, Finished, LocalExecutor
from ml.sieve.shard import Shard
from webapp.config import Settings
from webapp.runner.loop import Loop
from webapp.runner.stop import Stop
from webapp.services.health import LANE
from webapp.storage import Stores
from webapp.storage.lane import hold_lane

ALL = -1
"""Shards that may come back while nothing is held."""
ARE_YOU_IDLE = "are you idle?"


class HeldExecutor:
    """Another executor whose finished shards come back only as far as a test lets them."""

    def __init__(self, executor: Executor) -> None:
        self.workers = executor.workers
        self._executor = executor
        self._changed = threading.Condition()
        self._allowed = ALL
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
            if self._allowed == ALL:
                now, self._waiting = self._waiting, []
            else:
                now, self._waiting = self._waiting[: self._allowed], self._waiting[self._allowed :]
                self._allowed -= len(now)
            return now

    def close(self) -> None:
        self._executor.close()

    def allow(self, shards: int) -> None:
        """Let so many shards come back from now on."""
        with self._changed:
            self._allowed = shards
            self._changed.notify()


class HeldRunner:
    """Works off a data folder's jobs while its context lasts.

    It is another process, so that no other test meets it in this one: in its log, its transactions
    or a part that it has replaced.
    """

    def __init__(self, data: Path) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._control, other_end = spawn.Pipe()
        self._process = spawn.Process(target=run, args=(data, other_end))

    def __enter__(self) -> HeldRunner:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._process.join()

    @property
    def is_idle(self) -> bool:
        """Whether no shard is at work, so that the next one to come back is a new job's."""
        return self._ask(ARE_YOU_IDLE)

    @contextmanager
    def held(self, *, after: int = 0) -> Iterator[None]:
        """Store the results of so many more shards and of no other one, until the block ends."""
        self._ask(after)
        try:
            yield
        finally:
            self._ask(ALL)

    def _ask(self, wish: int | str) -> bool:
        self._control.send(wish)
        return bool(self._control.recv())


def run(data: Path, control: Connection) -> None:
    """Run the lane until the other end of `control` is closed."""
    stores, stop = Stores.open(Settings(data_dir=data)), Stop()
    executor = HeldExecutor(LocalExecutor(1))
    threading.Thread(target=obey, args=(control, executor, stop)).start()
    try:
        with hold_lane(stores.files.lock(LANE)):
            Loop(stores, executor, stop).run()
    finally:
        executor.close()


def obey(control: Connection, executor: HeldExecutor, stop: Stop) -> None:
    """Do what the test asks, and answer whether no shard is at work."""
    try:
        while True:
            wish = control.recv()
            if wish != ARE_YOU_IDLE:
                executor.allow(wish)
            control.send(not executor.busy)
    except EOFError:
        stop.ask()
