"""Executors run shards. The local one uses spawned processes, one a core.

A worker that dies or hangs costs one picture. pebble's pool fails only the lost task, whereas the
standard library's pool breaks when one worker is killed, and a thread cannot be timed out.
"""

import dataclasses
import multiprocessing
import os
import time
from collections.abc import Hashable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any, Protocol

from pebble import ProcessExpired, ProcessPool

from ml.errors import WorkersSilent
from ml.process_limits import limit_process
from ml.scoring.piles import Outcome
from ml.sieve.shard import PictureResult, Shard, score_shard

IN_FLIGHT_PER_WORKER = 2  # one at work, one waiting: a worker never idles between two shards
SECONDS_PER_PICTURE = 60
MAX_RESTARTS = 3  # of the pool without a finished shard; one more raises RuntimeError
LOCK_SECONDS = 5  # a worker holds the lock of the pool's pipe for milliseconds
START_SECONDS = 60  # a worker's start on a busy machine, before its first picture
MEMORY_BYTES = 4 * 2**30  # of one worker; a picture of 100 megapixels needs about 1 GB


@dataclasses.dataclass(frozen=True, slots=True)
class Finished:
    """A finished shard. With `error`, the shard could not run at all, so its run fails."""

    key: Hashable
    results: list[PictureResult]
    error: Exception | None = None


class Executor(Protocol):
    """Runs shards in other processes. One test contract holds for every executor."""

    workers: int  # shards that run at the same time

    @property
    def free(self) -> int:
        """Number of further shards that keep every worker busy."""

    @property
    def busy(self) -> bool:
        """True while a shard is in flight."""

    def submit(self, key: Hashable, shard: Shard) -> None:
        """Queue a shard. `key` comes back with its results."""

    def finished(self, timeout: float) -> list[Finished]:
        """Return finished shards; wait at most `timeout` seconds for the first."""

    def close(self) -> None:
        """Stop the workers. Shards in flight are lost."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Task:
    """A shard in flight."""

    key: Hashable
    shard: Shard
    losses: int = 0  # workers that died while they scored its only picture


class LocalExecutor:
    """Runs shards in processes of this machine. Threads must not share it."""

    def __init__(
        self,
        workers: int,
        *,
        seconds: float = SECONDS_PER_PICTURE,
        memory_bytes: int = MEMORY_BYTES,
        start_seconds: float = START_SECONDS,
    ) -> None:
        """Start `workers` processes.

        Args:
            seconds: time limit of one picture; after it the worker is killed. A shard has the same
                limit. If it takes longer, its pictures run again one by one.
            memory_bytes: limit of a worker's private memory.
            start_seconds: after so many more seconds without any result, all workers are replaced.
        """
        self.workers = workers
        self._seconds = seconds
        self._start_seconds = start_seconds
        self._memory_bytes = memory_bytes
        self._in_flight: dict[Future[Any], _Task] = {}
        self._restarts = 0  # since the last finished shard
        self._answered = 0.0  # when the workers gave their last result, on the monotonic clock
        self._pool = self._start()

    @property
    def free(self) -> int:
        return max(0, IN_FLIGHT_PER_WORKER * self.workers - len(self._in_flight))

    @property
    def busy(self) -> bool:
        return bool(self._in_flight)

    def submit(self, key: Hashable, shard: Shard) -> None:
        self._restart_if_dead()
        self._schedule(_Task(key, shard))

    def _schedule(self, task: _Task) -> None:
        if not self._in_flight:
            self._answered = time.monotonic()
        future = self._pool.schedule(score_shard, args=[task.shard], timeout=self._seconds)
        self._in_flight[future] = task

    def finished(self, timeout: float) -> list[Finished]:
        """Return finished shards, as `Executor` says. Raises WorkersSilent."""
        self._restart_if_dead()
        done, _ = wait(self._in_flight, timeout, return_when=FIRST_COMPLETED)
        if done:
            self._answered = time.monotonic()
        elif self._in_flight:
            if self._is_locked_by_the_dead():
                self._restart()
            self._replace_if_silent()
        return [shard for future in done if (shard := self._collect(future)) is not None]

    def close(self) -> None:
        """Kill the workers and wait for their end. Shards in flight are lost."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _start(self) -> ProcessPool:
        return start_pool(self.workers, memory_bytes=self._memory_bytes)

    def _restart_if_dead(self) -> None:
        """Start a new pool if pebble stopped its own, as it does when an idle worker dies."""
        if not self._pool.active:
            self._restart()

    def _is_locked_by_the_dead(self) -> bool:
        """Tell whether a worker died while it took a shard or gave its results.

        It then holds the lock of the pipe forever, and pebble notices after two minutes.
        """
        channel = self._pool._pool_manager.worker_manager.workers_channel
        assert channel is not None  # noqa: S101 - a shard is in flight, so the pool has begun
        with channel.lock(timeout=LOCK_SECONDS) as is_free:
            return not is_free

    def _restart(self) -> None:
        """Start a new pool, and queue the shards in flight again, because none of them is to blame.

        Raises RuntimeError if workers keep dying before a shard is finished.
        """
        self._restarts += 1
        if self._restarts > MAX_RESTARTS:
            raise RuntimeError("the worker processes die before they score anything")
        self.close()
        self._pool = self._start()
        self._answered = time.monotonic()
        for future, task in list(self._in_flight.items()):
            if not future.done():  # finished ones stay for `_collect`
                del self._in_flight[future]
                self._schedule(task)

    def _replace_if_silent(self) -> None:
        """Start a new pool if no worker takes a shard, as when all idle workers are suspended.

        pebble ends a shard that takes too long, but it does not measure one that never began.
        Raises WorkersSilent; the shards in flight are lost.
        """
        silence = time.monotonic() - self._answered
        if silence <= self._seconds + self._start_seconds:
            return
        self.close()
        self._in_flight.clear()
        self._pool = self._start()
        raise WorkersSilent(
            f"The worker processes did not answer for {silence:.0f} seconds. MonaSieve has started "
            "new ones and goes on."
        )

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
        """Handle a worker's death: run several pictures one by one; blame one after `tries` losses.

        Several tries, because the system may have killed the worker for another reason.
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
    """Open an executor on the cluster at this address, or with `workers` local processes.

    Raises MonaError if the address is not valid or Dask is not installed.
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
        initializer=limit_process,
        initargs=(memory_bytes, os.getpid()),
        context=multiprocessing.get_context("spawn"),
    )
