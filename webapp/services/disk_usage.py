"""How much room the jobs take on the disk."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from webapp.records import LOCAL_USER, Job, JobOrder
from webapp.storage import Stores

MOST_JOBS = 1_000


@dataclasses.dataclass(frozen=True, slots=True)
class DiskUsage:
    """Bytes on the disk of the data folder."""

    jobs: int
    free: int


def measure_jobs(stores: Stores, jobs: Iterable[Job]) -> dict[str, int]:
    """Return the bytes that each job's archive, embeddings and thumbnails take, by the job's id."""
    return {job.id: stores.files.measure_job(job.id) for job in jobs}


def measure_disk(stores: Stores) -> DiskUsage:
    """Return what all jobs take together, those in the trash as well, and what is free."""
    with stores.reading() as tables:
        jobs = tables.jobs.list_page(
            LOCAL_USER, search="", order=JobOrder.NEWEST, limit=MOST_JOBS, skip=0
        )
        jobs += tables.jobs.list_trash(LOCAL_USER)
    return DiskUsage(sum(measure_jobs(stores, jobs).values()), stores.files.free_bytes)
