"""Why a picture is in its pile: where the target was seen, who else it could be, what it resembles.

Pages load no network, so a process of its own looks at the picture again. There is one of them: it
is started when it is first asked, has a worker's limits, and does one thing at a time.
"""

from __future__ import annotations

import dataclasses
import functools
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from pebble import ProcessExpired

from ml.errors import ArtifactError, MonaError, TemporaryFailure
from ml.scoring.many_heads import score_many_heads
from ml.sieve.executor import start_pool
from ml.sieve.nearest import find_nearest
from ml.sieve.shard import Shard
from ml.sieve.sight import Sight, compute_sight
from ml.targets.catalog import Target, list_targets
from webapp.errors import ProcessBusy
from webapp.records import Job, Picture
from webapp.services import archives, preferences, review_mode, targets
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery
from webapp.storage.results import SqlResults

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pebble import ProcessPool

SIMILAR = 6
RIVALS = 3
SECONDS = 60
"""Time limit for one answer, the start of the process included."""
MEMORY_BYTES = 3 * 2**29
"""Limit of the process. It must be below that of the web process, which the child cannot raise."""
_asking = threading.Lock()
T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Rival:
    """Another character that a picture may show."""

    title: str
    evidence: float
    """Log-likelihood ratio, above 0."""


@dataclasses.dataclass(frozen=True, slots=True)
class Explanation:
    """What can be said about one picture."""

    job: Job
    picture: Picture
    sight: Sight | None
    reason: str | None
    """Why there is no sight, as a sentence."""
    rivals: list[Rival] | None
    """The likeliest first; None: what the network saw is no longer stored."""
    similar: list[Picture]
    """The most similar first, without variants of the picture itself."""


def explain(stores: Stores, job_id: str, number: int) -> Explanation:
    """Return what can be said about a scored picture. Raises NotFound."""
    job, picture = review_mode.read_picture(stores, job_id, number)
    try:
        target = _require_target(stores, job)
    except MonaError as error:
        return Explanation(job, picture, None, str(error), None, [])
    sight, reason = _look_again(stores, job, target, number)
    results = SqlResults(stores, job, target)
    try:
        embeddings = results.read_picture(number)
        similar = _find_similar(stores, results, job, number, embeddings)
    except (OSError, ValueError):
        return Explanation(job, picture, sight, reason, None, [])
    return Explanation(job, picture, sight, reason, _find_rivals(stores, job, embeddings), similar)


def _require_target(stores: Stores, job: Job) -> Target:
    target = targets.get(stores, job.target)
    if target.backbone.model_sha256 != job.backbone_sha256:
        raise ArtifactError(
            "The network that this archive was sieved with is no longer installed. Sieve it again."
        )
    return target


def _look_again(
    stores: Stores, job: Job, target: Target, number: int
) -> tuple[Sight | None, str | None]:
    """Return where the target was seen, or why that cannot be said."""
    try:
        shard = Shard(
            archive=archives.find_archive(stores, job),
            numbers=(number,),
            backbone=target.backbone_folder,
            limits=stores.settings.limits,
            closely=preferences.looks_closely(stores),
        )
        return ask_process(compute_sight, shard, target.head, target.card.calibration), None
    except MonaError as error:
        return None, str(error)


def ask_process(function: Callable[..., T], *args: Any, patience: float = SECONDS) -> T:
    """Call a function in the process.

    Args:
        patience: seconds to wait while it does something else.

    Raises ProcessBusy after them, TemporaryFailure if the process dies or takes too long, and what
    the function raises.
    """
    if not _asking.acquire(timeout=patience):
        raise ProcessBusy("MonaSieve is looking at other pictures. Try again in a moment.")
    try:
        if not _open_pool().active:  # its idle process was killed
            _open_pool.cache_clear()
        answer: T = _open_pool().schedule(function, args=args, timeout=SECONDS).result()
    except (TimeoutError, BrokenExecutor, ProcessExpired) as error:
        raise TemporaryFailure("Looking at the pictures failed. Try once more.") from error
    finally:
        _asking.release()
    return answer


@functools.lru_cache(maxsize=1)
def _open_pool() -> ProcessPool:
    return start_pool(1, memory_bytes=MEMORY_BYTES)


def _find_rivals(stores: Stores, job: Job, embeddings: NDArray[np.float16]) -> list[Rival]:
    others = [
        target
        for target in list_targets(stores.files.target_roots)[0]
        if target.backbone.model_sha256 == job.backbone_sha256 and target.card.name != job.target
    ]
    if not others:
        return []
    scores = score_many_heads([target.head for target in others], embeddings[np.newaxis])
    rivals = [
        Rival(target.card.title, float(target.card.calibration.compute_evidence(score)[0]))
        for target, score in zip(others, scores, strict=True)
    ]
    likely = [rival for rival in rivals if rival.evidence > 0]
    return sorted(likely, key=lambda rival: -rival.evidence)[:RIVALS]


def _find_similar(
    stores: Stores, results: SqlResults, job: Job, number: int, embeddings: NDArray[np.float16]
) -> list[Picture]:
    with stores.reading() as tables:
        variants = tables.variants.list_group(job.id, number)
    without = {number, *variants}
    nearest = find_nearest(embeddings[0], results.read_embeddings(), without=without, count=SIMILAR)
    with stores.reading() as tables:
        return tables.pictures.list_by_number(PictureQuery.of(job), nearest)
