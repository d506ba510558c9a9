"""How much room each job takes on the disk."""

from __future__ import annotations

from collections.abc import Iterable

from webapp.records import Job
from webapp.storage import Stores


def measure_jobs(stores: Stores, jobs: Iterable[Job]) -> dict[str, int]:
    """Return the bytes that each job's archive, embeddings and thumbnails take, by the job's id."""
    return {job.id: stores.files.measure_job(job.id) for job in jobs}
