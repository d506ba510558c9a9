"""Executors run shards. The local one uses spawned processes, one a core.

A worker that dies or hangs costs one picture. The standard library's pool breaks as a whole when
one worker is killed, and a thread cannot be timed out; pebble's pool fails only the lost task.
"""

import ctypes
import dataclasses
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Hashable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any, Protocol

from pebble import ProcessExpired, ProcessPool

from ml.scoring.piles import Outcome
from ml.sieve.shard import PictureResult, Shard, score_shard

IN_FLIGHT_PER_WORKER = 2  # one at work, one waiting: a worker never idles between two shards
SECONDS_PER_PICTURE = 60
MAX_RESTARTS = 3  # of the pool without a shard coming back; then it is given up
MEMORY_BYTES = 4 * 2**30  # of one worker; a picture of 100 megapixels needs about 1 GB
_PR_SET_PDEATHSIG = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Finished:
    """A shard that came back. `error`: the shard could not run at all, so its run fails."""

    key: Hashable
    results: list[PictureResult]
    error: Exception | None = None


class Executor(Protocol):
    """Runs shards somewhere else. One test contract holds for every executor."""

    workers: int  # shards that run at the same time

    @property
    def free(self) -> int:
        """How many more shards keep every worker busy."""

    @property
    def busy(self) -> bool:
        """Whether a shard is on its way."""

    def submit(self, key: Hashable, shard: Shard) -> None:
        """Queue a shard; `key` comes back with its results."""

    def finished(self, timeout: float) -> list[Finished]:
        """What has come back, after at most `timeout` seconds of waiting for the first."""

    def close(self) -> None:
        """Stop the workers; what they had in hand is lost."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Task:
    """A shard on its way."""

    key: Hashable
    shard: Shard
    losses: int = 0  # workers that died of it while its picture was alone


class LocalExecutor:
    """Runs shards in processes of this machine. Threads must not share it."""

    def __init__(
        self,
        workers: int,
        *,
        seconds: float = SECONDS_PER_PICTURE,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        """Start `workers` processes.

        Args:
            seconds: what one picture may take before its worker is killed; a whole shard may
                take as long, and is otherwise run again picture by picture.
            memory_bytes: private memory that a worker may take.
        """
        self.workers = workers
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._in_flight: dict[Future[Any], _Task] = {}
        self._restarts = 0  # times since the last shard that came back
        self._pool = self._start()

    @property
    def free(self) -> int:
        """How many more shards keep every worker busy."""
        return max(0, IN_FLIGHT_PER_WORKER * self.workers - len(self._in_flight))

    @property
    def busy(self) -> bool:
        """Whether a shard is on its way."""
        return bool(self._in_flight)

    def submit(self, key: Hashable, shard: Shard) -> None:
        """Queue a shard; `key` comes back with its results."""
        self._restart_if_dead()
        self._schedule(_Task(key, shard))

    def _schedule(self, task: _Task) -> None:
        future = self._pool.schedule(score_shard, args=[task.shard], timeout=self._seconds)
        self._in_flight[future] = task

    def finished(self, timeout: float) -> list[Finished]:
        """What has come back, waiting at most `timeout` seconds for the first."""
        self._restart_if_dead()
        done, _ = wait(self._in_flight, timeout, return_when=FIRST_COMPLETED)
        return [back for future in done if (back := self._collect(future)) is not None]

    def close(self) -> None:
        """Kill the workers and wait for them: what they had in hand is done again another time."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _start(self) -> ProcessPool:
        return start_pool(self.workers, memory_bytes=self._memory_bytes)

    def _restart_if_dead(self) -> None:
        """Start a new pool if pebble gave up, which it does if a worker dies without a task.

        No shard is to blame, so what was in flight is queued again. Raises RuntimeError if workers
        keep dying before any of them brings something back.
        """
        if self._pool.active:
            return
        self._restarts += 1
        if self._restarts > MAX_RESTARTS:
            raise RuntimeError("the worker processes die before they score anything")
        self.close()
        self._pool = self._start()
        for future, task in list(self._in_flight.items()):
            if not future.done():  # finished ones stay for `_collect`
                del self._in_flight[future]
                self._schedule(task)

    def _collect(self, future: Future[Any]) -> Finished | None:
        task = self._in_flight.pop(future)
        error = future.exception()
        if error is None:
            self._restarts = 0
            return Finished(task.key, future.result())
        if isinstance(error, BrokenExecutor):
            self._restart_if_dead()
            self._schedule(task)
            return None
        if isinstance(error, ProcessExpired):
            return self._handle_loss(task, "crashed the decoder", tries=2)
        if isinstance(error, TimeoutError):
            return self._handle_loss(task, f"took longer than {self._seconds:g} seconds", tries=1)
        if isinstance(error, Exception):
            return Finished(task.key, [], error)
        raise error

    def _handle_loss(self, task: _Task, reason: str, *, tries: int) -> Finished | None:
        """The worker died. Several pictures: run each alone. One: blame it after `tries` losses.

        A worker that is killed from outside must not make an innocent picture unreadable.
        """
        numbers = task.shard.numbers
        losses = task.losses + 1 if len(numbers) == 1 else 0
        if losses >= tries:
            result = PictureResult(
                number=numbers[0],
                outcome=Outcome.UNREADABLE,
                seconds=self._seconds,
                reason=reason,
            )
            return Finished(task.key, [result])
        self._restart_if_dead()
        for number in numbers:
            shard = dataclasses.replace(task.shard, numbers=(number,))
            self._schedule(_Task(task.key, shard, losses))
        return None


def open_executor(
    workers: int,
    *,
    cluster: str = "",
    seconds: float = SECONDS_PER_PICTURE,
    memory_bytes: int = MEMORY_BYTES,
) -> Executor:
    """Processes of this machine, or the cluster of this address, which counts its own workers.

    Raises MonaError if the address is none or Dask is not installed.
    """
    if not cluster:
        return LocalExecutor(workers, seconds=seconds, memory_bytes=memory_bytes)
    from ml.sieve.cluster import ClusterExecutor

    return ClusterExecutor(cluster, seconds=seconds, memory_bytes=memory_bytes)


def start_pool(workers: int, *, memory_bytes: int = MEMORY_BYTES) -> ProcessPool:
    """Start bounded processes that end when this one does.

    They are spawned, because a fork after TensorFlow is loaded hangs.
    """
    return ProcessPool(
        max_workers=workers,
        initializer=_start_worker,
        initargs=(memory_bytes, os.getpid()),
        context=multiprocessing.get_context("spawn"),
    )


def _start_worker(memory_bytes: int, parent: int) -> None:
    """First thing in a worker: bound it, and let it end when its parent does."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)
