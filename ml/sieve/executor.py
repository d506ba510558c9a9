"""Shards in spawned processes, one per core: a worker that dies or hangs takes one picture with it.

The standard library's pool breaks as a whole when one worker is killed, and a thread cannot be
timed out; pebble's pool fails only the task that was lost.
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
from typing import Any

from pebble import ProcessExpired, ProcessPool

from ml.scoring.piles import Outcome
from ml.sieve.shard import PictureResult, Shard, run_shard

IN_FLIGHT_PER_WORKER = 2  # one at work, one waiting: a worker never idles between two shards
SECONDS_PER_PICTURE = 60.0
MENDINGS = 3  # of the pool, without a shard coming back, before it is given up
MEMORY_BYTES = 3 * 2**30  # of one worker; a picture of 100 megapixels needs about 1 GB
_PR_SET_PDEATHSIG = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Finished:
    """A shard that came back. `error` is no picture's fault: the whole job cannot go on."""

    key: Hashable
    results: list[PictureResult]
    error: Exception | None = None


class ShardPool:
    """Runs shards; the one place where processes are made. Not to be shared between threads."""

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
        self._in_flight: dict[Future[Any], tuple[Hashable, Shard]] = {}
        self._mended = 0  # times since the last shard that came back
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
        self._mend()
        future = self._pool.schedule(run_shard, args=[shard], timeout=self._seconds)
        self._in_flight[future] = (key, shard)

    def finished(self, timeout: float) -> list[Finished]:
        """What has come back, waiting at most `timeout` seconds for the first."""
        self._mend()
        done, _ = wait(self._in_flight, timeout, return_when=FIRST_COMPLETED)
        return [back for future in done if (back := self._collect(future)) is not None]

    def close(self) -> None:
        """Kill the workers and wait for them: what they had in hand is done again another time."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _start(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self.workers,
            initializer=_start_worker,
            initargs=(self._memory_bytes, os.getpid()),
            context=multiprocessing.get_context("spawn"),
        )

    def _mend(self) -> None:
        """Start anew where pebble gave up: it does when a worker dies while none has a task.

        That is no shard's fault: what was in flight is queued again. Raises RuntimeError when
        workers die again and again before any of them brings something back.
        """
        if self._pool.active:
            return
        self._mended += 1
        if self._mended > MENDINGS:
            raise RuntimeError("The worker processes die before they do anything.")
        self.close()
        self._pool = self._start()
        for future, (key, shard) in list(self._in_flight.items()):
            if not future.done():  # the others tell `_collect` themselves what became of them
                del self._in_flight[future]
                self.submit(key, shard)

    def _collect(self, future: Future[Any]) -> Finished | None:
        key, shard = self._in_flight.pop(future)
        error = future.exception()
        if error is None:
            self._mended = 0
            return Finished(key, future.result())
        if isinstance(error, BrokenExecutor):
            self.submit(key, shard)
            return None
        if isinstance(error, ProcessExpired):
            return self._lost(key, shard, "crashed the decoder")
        if isinstance(error, TimeoutError):
            return self._lost(key, shard, f"took longer than {self._seconds:g} seconds")
        if isinstance(error, Exception):
            return Finished(key, [], error)
        raise error

    def _lost(self, key: Hashable, shard: Shard, reason: str) -> Finished | None:
        """A shard whose worker died: alone, its one picture is the culprit; else find it."""
        if len(shard.numbers) > 1:
            for number in shard.numbers:
                self.submit(key, dataclasses.replace(shard, numbers=(number,)))
            return None
        result = PictureResult(shard.numbers[0], Outcome.UNREADABLE, self._seconds, reason)
        return Finished(key, [result])


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
