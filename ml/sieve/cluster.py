"""An executor that runs shards on the workers of a Dask cluster.

A worker needs the same code, and the archive under the same path. If either differs,
ClusterUnavailable is raised: the host waits and submits its shards again, so none is lost. If a
worker dies, Dask moves its shards to another worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import importlib.util
import logging
import queue
import re
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

from ml.errors import ClusterUnavailable, MonaError
from ml.scoring.piles import Outcome
from ml.sieve.cluster_worker import Order, check_code, describe_code
from ml.sieve.executor import IN_FLIGHT_PER_WORKER, MEMORY_BYTES, SECONDS_PER_PICTURE, Finished
from ml.sieve.shard import PictureResult, Shard
from ml.targets.catalog import PRETRAINED

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
"""Of the scheduler or of a worker: a busy machine answers late, and one that hangs never does."""
ABSENCE_SECONDS = 15.0  # without workers before an error is raised; a restart is shorter
REFRESH_SECONDS = 1.0
_ADDRESS = re.compile(r"(tcp|tls)://[^\s/]+:\d+")


def check_cluster(address: str) -> str:
    """Return a scheduler's address. Raises MonaError if it is not valid or Dask is missing."""
    if not _ADDRESS.fullmatch(address):
        raise MonaError(
            f"A cluster is named by its scheduler, such as tcp://192.168.1.5:8786; "
            f"received {address[:80]!r}."
        )
    if importlib.util.find_spec("distributed") is None:
        raise MonaError(
            "A cluster needs a package that is not installed: pip install 'monasieve[cluster]', "
            "or in a checkout: pip install -e '.[cluster]'."
        )
    return address


class ClusterExecutor:
    """Runs shards on a cluster. Threads must not share it."""

    def __init__(
        self,
        address: str,
        *,
        seconds: float = SECONDS_PER_PICTURE,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        """Connects with the first shard, so that a host may start before its cluster.

        Args:
            seconds: time limit of one picture, as in `LocalExecutor`.
            memory_bytes: private memory of the process that scores, one for each Dask thread.

        Raises MonaError for what `check_cluster` refuses.
        """
        self.address = check_cluster(address)
        self.workers = 1  # threads of the cluster, as last counted
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._client: Any = None  # a distributed.Client, which has few types
        self._in_flight: dict[Any, tuple[Hashable, Shard]] = {}  # by its distributed.Future
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._next_refresh = self._absent_since = 0.0

    @property
    def free(self) -> int:
        """Number of further shards that keep every worker busy.

        It is above 0 while the cluster cannot be reached, so that the host submits a shard and
        gets the reason.
        """
        return max(0, IN_FLIGHT_PER_WORKER * self.workers - len(self._in_flight))

    @property
    def busy(self) -> bool:
        """True while a shard is in flight."""
        return bool(self._in_flight)

    def submit(self, key: Hashable, shard: Shard) -> None:
        """Queue a shard; `key` comes back with its results. Raises ClusterUnavailable."""
        self._refresh()
        self._schedule(key, shard)

    def finished(self, timeout: float) -> list[Finished]:
        """Return finished shards; wait at most `timeout` seconds for the first.

        Raises ClusterUnavailable after dropping all shards in flight.
        """
        self._refresh()
        futures = []
        with contextlib.suppress(queue.Empty):
            futures.append(self._done.get(timeout=timeout) if timeout else self._done.get_nowait())
            while True:
                futures.append(self._done.get_nowait())
        return [shard for future in futures if (shard := self._collect(future)) is not None]

    def close(self) -> None:
        """Cancel all shards in flight and disconnect. The cluster's workers keep running."""
        futures = list(self._in_flight)
        self._in_flight.clear()
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(Exception):  # a scheduler that has ended has nothing to cancel
            if client.status == "running":
                client.cancel(futures)
        with contextlib.suppress(Exception):
            client.close(timeout=CONNECT_SECONDS)

    def _refresh(self) -> None:
        """Connect if necessary and count the workers, at most once a second."""
        now = time.monotonic()
        if self._client is not None and self._client.status != "running":
            self._give_up("was lost; the work continues when it is back.")
        if now < self._next_refresh:
            return
        self._next_refresh = now + REFRESH_SECONDS
        threads = self._count_threads()
        if threads:
            self._absent_since = 0.0
            self.workers = threads
            return
        self._absent_since = self._absent_since or now
        if not self._in_flight or now > self._absent_since + ABSENCE_SECONDS:
            self._give_up(
                f"has no workers; the work continues when one joins: dask worker {self.address}"
            )

    def _count_threads(self) -> int:
        """Count the threads of all workers: each runs one shard at a time."""
        try:
            if self._client is None:
                self._client = _connect(self.address)
            # Unlike `scheduler_info`, `sync` has a timeout.
            identity = self._client.sync(
                self._client.scheduler.identity, n_workers=-1, callback_timeout=ANSWER_SECONDS
            )
        except (OSError, TimeoutError, ValueError) as error:
            self._give_up("cannot be reached; the work continues when it is back.", error)
        return sum(worker["nthreads"] for worker in identity["workers"].values())

    def _give_up(self, reason: str, cause: Exception | None = None) -> NoReturn:
        """Drop all shards in flight, disconnect and raise ClusterUnavailable."""
        self.close()
        self.workers = 1
        self._next_refresh = self._absent_since = 0.0
        raise ClusterUnavailable(f"The cluster {self.address} {reason}") from cause

    def _schedule(self, key: Hashable, shard: Shard) -> None:
        score = _make_portable("score_on_worker")
        order = dataclasses.asdict(self._make_order(shard))
        future = self._client.submit(score, describe_code(), order, pure=False)
        self._in_flight[future] = (key, shard)
        future.add_done_callback(self._done.put)

    def _make_order(self, shard: Shard) -> Order:
        absolute = dataclasses.replace(
            shard, archive=shard.archive.absolute(), backbone=shard.backbone.absolute()
        )
        is_shipped = shard.backbone.parent == PRETRAINED
        size = shard.archive.stat().st_size if shard.archive.exists() else None
        return Order(
            shard=absolute,
            archive_bytes=size,
            shipped_backbone=shard.backbone.name if is_shipped else None,
            seconds=self._seconds,
            memory_bytes=self._memory_bytes,
        )

    def _collect(self, future: Any) -> Finished | None:
        """Return a finished shard; None if it was dropped or must run again."""
        from distributed import CancelledError, KilledWorker

        if future not in self._in_flight:
            return None
        key, shard = self._in_flight.pop(future)
        try:
            if future.status == "finished":
                return Finished(key, future.result(timeout=ANSWER_SECONDS))
            error = future.exception(timeout=ANSWER_SECONDS)
        except (OSError, TimeoutError, CancelledError) as lost:
            error = lost
        if future.status != "error":  # the worker or the scheduler died with the results
            self._refresh()
            self._schedule(key, shard)
            return None
        if isinstance(error, KilledWorker):
            return self._split(key, shard)
        return Finished(key, [], error if isinstance(error, MonaError) else self._explain(error))

    def _split(self, key: Hashable, shard: Shard) -> Finished | None:
        """Run the pictures of a shard that killed several workers alone; blame a single picture."""
        if len(shard.numbers) == 1:
            result = PictureResult(
                number=shard.numbers[0],
                outcome=Outcome.UNREADABLE,
                seconds=self._seconds,
                reason="crashed the worker",
            )
            return Finished(key, [result])
        for number in shard.numbers:
            self._schedule(key, dataclasses.replace(shard, numbers=(number,)))
        return None

    def _explain(self, error: Exception) -> Exception:
        """Return the error, or a better one if a worker cannot load this code or has other code."""
        try:
            answers = self._client.run(
                _make_portable("describe_code"), on_error="return", callback_timeout=ANSWER_SECONDS
            )
        except (OSError, TimeoutError):  # a worker hangs, and the error itself must do
            return error
        for address, answer in answers.items():
            if isinstance(answer, Exception):
                return ClusterUnavailable(
                    f"The worker {address} cannot run MonaSieve ({answer}). Install it there and "
                    "restart the worker; the work then continues."
                )
            try:
                check_code(address, answer, describe_code())
            except ClusterUnavailable as mismatch:
                return mismatch
        return error


def _make_portable(name: str) -> Callable[..., Any]:
    """Wrap a function of `cluster_worker` so that it is pickled by value.

    A worker would die if it had to unpickle a function or class that it cannot import.
    """

    def call(*arguments: object) -> Any:
        import importlib

        return getattr(importlib.import_module("ml.sieve.cluster_worker"), name)(*arguments)

    return call


def _connect(address: str) -> Any:
    """Connect to the scheduler. Raises OSError, TimeoutError."""
    from distributed import Client

    with ThreadPoolExecutor(1) as thread:  # the caller's thread may run an event loop
        thread.submit(asyncio.run, _greet(address)).result()
    # The client logs a traceback for each lost connection; here ClusterUnavailable reports it.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    return Client(  # type: ignore[no-untyped-call]
        address, timeout=ANSWER_SECONDS, set_as_default=False
    )


async def _greet(address: str) -> None:
    """Wait for the scheduler's greeting, which `Client` awaits without a limit of time."""
    from distributed.comm.core import connect
    from distributed.security import Security

    security: Any = Security()  # type: ignore[no-untyped-call]
    async with asyncio.timeout(ANSWER_SECONDS):
        comm = await connect(  # type: ignore[no-untyped-call]
            address, timeout=CONNECT_SECONDS, **security.get_connection_args("client")
        )
        comm.abort()
