"""A job's scored pictures as columns, for pages that hold all of them."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from numpy.typing import NDArray

from webapp.records import Job
from webapp.services.jobs import require_job
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery

NAMES = 20_000
"""Names in one answer: a browser reads so many without a pause."""


@dataclasses.dataclass(frozen=True, slots=True)
class PictureColumns:
    """The scored pictures of a job, rising by evidence."""

    job: Job
    state: str
    table: NDArray[Any]
    """Fields as in `webapp.storage.columns.COLUMNS`."""


def read_columns(stores: Stores, job_id: str) -> PictureColumns:
    """Return a job's scored pictures. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        table = tables.columns.read_scored(PictureQuery.of(job))
        return PictureColumns(job, compute_state(tables, job), table)


def read_state(stores: Stores, job_id: str) -> str:
    """Return the state of a job's piles. Raises NotFound."""
    with stores.reading() as tables:
        return compute_state(tables, require_job(tables, job_id))


def compute_state(tables: Tables, job: Job) -> str:
    """Return a short text that changes whenever a picture of the job may have changed its pile.

    A page knows by it that another window moved a threshold or gave a verdict.
    """
    parts = (
        job.target,
        job.target_version,
        job.prevalence,
        job.threshold,
        job.unsure_threshold,
        job.done,
        tables.columns.read_verdict_state(job),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def list_names(stores: Stores, job_id: str, *, after: int) -> tuple[list[tuple[int, str]], bool]:
    """Return numbers and paths of members above a number, and whether there are more.

    Raises NotFound.
    """
    with stores.reading() as tables:
        require_job(tables, job_id)
        names = tables.columns.list_names(job_id, after=after, limit=NAMES + 1)
    return names[:NAMES], len(names) > NAMES
