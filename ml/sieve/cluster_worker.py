"""Score a shard on a Dask worker: check code and files, then score in a process.

Each thread of a worker has a process of its own, through a `LocalExecutor`. So a picture that
hangs, crashes or takes too much memory does no harm to the worker or to other pictures.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import multiprocessing
import threading
from pathlib import Path
from typing import Any

import ml
from ml.archive.limits import Limits
from ml.errors import ClusterUnavailable
from ml.sieve.executor import LocalExecutor
from ml.sieve.shard import PictureResult, Shard
from ml.targets.catalog import PRETRAINED

_thread = threading.local()


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """A shard, and what must hold on the worker that scores it."""

    shard: Shard
    archive_bytes: int | None  # size of the archive; None if the host does not have it
    shipped_backbone: str | None  # name, if the backbone is part of the program
    seconds: float  # for one picture
    memory_bytes: int


def score_on_worker(code: str, order: dict[str, Any]) -> list[PictureResult]:
    """Score a shard on this worker.

    Args:
        code: `describe_code` of the host.
        order: the fields of an `Order` as plain values, because the host may be another version.

    Raises ClusterUnavailable if this worker does not fit, ArchiveError, ArtifactError.
    """
    from distributed import get_worker

    address = get_worker().address
    check_code(address, describe_code(), code)
    checked = Order(**order | {"shard": _rebuild(order["shard"])})
    shard = _use_own_backbone(checked)
    _check_files(address, shard, checked.archive_bytes)
    try:
        return _score(_open_executor(checked.seconds, checked.memory_bytes), shard)
    except RuntimeError as error:
        _close_executor()
        raise ClusterUnavailable(f"The worker {address} cannot score: {error}.") from error


@functools.cache
def describe_code() -> str:
    """Return the version and a hash of code and shipped cards. Cards hash networks."""
    root = Path(ml.__file__).parent
    digest = hashlib.sha256()
    for file in sorted([*root.rglob("*.py"), *root.glob("pretrained/*/card.json")]):
        digest.update(f"{file.relative_to(root)}\n".encode() + file.read_bytes())
    return f"{ml.__version__}, code {digest.hexdigest()[:8]}"


def check_code(address: str, code: str, wanted: str) -> None:
    """Raise ClusterUnavailable if the worker at this address runs other code than is wanted."""
    if code != wanted:
        raise ClusterUnavailable(
            f"The worker {address} runs another MonaSieve ({code}) than this machine ({wanted}). "
            "Install the same one there and restart the worker; the work then continues."
        )


def _rebuild(fields: dict[str, Any]) -> Shard:
    return Shard(**fields | {"limits": Limits(**fields["limits"])})


def _use_own_backbone(order: Order) -> Shard:
    """Return the shard; a shipped backbone gets this machine's folder."""
    if order.shipped_backbone is None:
        return order.shard
    return dataclasses.replace(order.shard, backbone=PRETRAINED / order.shipped_backbone)


def _check_files(address: str, shard: Shard, archive_bytes: int | None) -> None:
    try:
        is_same = archive_bytes is None or shard.archive.stat().st_size == archive_bytes
    except OSError:
        is_same = False
    for is_visible, name in ((is_same, "archive"), (shard.backbone.is_dir(), "target's backbone")):
        if not is_visible:
            raise ClusterUnavailable(
                f"The worker {address} does not see the {name}. Make its folder visible there "
                "under the same path; the work then continues."
            )


def _open_executor(seconds: float, memory_bytes: int) -> LocalExecutor:
    """Return this thread's executor, which stays open for the next shard."""
    limits = (seconds, memory_bytes)
    if getattr(_thread, "limits", limits) != limits:
        _close_executor()
    if getattr(_thread, "executor", None) is None:
        # Dask's nanny makes its worker a daemon. Daemons may have no children in multiprocessing.
        multiprocessing.current_process().daemon = False
        _thread.executor = LocalExecutor(1, seconds=seconds, memory_bytes=memory_bytes)
        _thread.limits = limits
    executor: LocalExecutor = _thread.executor
    return executor


def _close_executor() -> None:
    _thread.executor.close()
    _thread.executor = None


def _score(executor: LocalExecutor, shard: Shard) -> list[PictureResult]:
    results: list[PictureResult] = []
    executor.submit(None, shard)
    while executor.busy:
        for finished in executor.finished(timeout=1.0):
            if finished.error is not None:
                raise finished.error
            results += finished.results
    return results
