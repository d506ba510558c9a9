"""How much room the jobs take on the disk, and how to get it back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from webapp.records import LOCAL_USER, Job, JobOrder
from webapp.services import trash
from webapp.storage import Stores

MOST_JOBS = 1_000


@dataclasses.dataclass(frozen=True, slots=True)
class DiskUsage:
    """The disk of the data folder, in bytes."""

    jobs: list[tuple[Job, int]]
    """The jobs outside the trash with what each takes, the largest first."""
    trash: list[tuple[Job, int]]
    """The jobs in the trash, the last one first."""
    uploads: int
    """Files on their way in."""
    free: int
    total: int

    @property
    def jobs_bytes(self) -> int:
        """What the jobs outside the trash take."""
        return sum(size for _, size in self.jobs)

    @property
    def trash_bytes(self) -> int:
        """What emptying the trash gives back."""
        return sum(size for _, size in self.trash)

    @property
    def other_bytes(self) -> int:
        """What everything else on the disk takes."""
        ours = self.jobs_bytes + self.trash_bytes + self.uploads
        return max(0, self.total - self.free - ours)

    @property
    def is_short(self) -> bool:
        """There is so little room that the trash is emptied by itself."""
        return self.free < trash.SHORT_BYTES


def measure_jobs(stores: Stores, jobs: Iterable[Job]) -> dict[str, int]:
    """Return the bytes that each job's archive, embeddings and thumbnails take, by the job's id."""
    return {job.id: stores.files.measure_job(job.id) for job in jobs}


def measure_disk(stores: Stores) -> DiskUsage:
    """Return what takes the room on the disk."""
    with stores.reading() as tables:
        listed = tables.jobs.list_page(
            LOCAL_USER, search="", order=JobOrder.NEWEST, limit=MOST_JOBS, skip=0
        )
        trashed = tables.jobs.list_trash(LOCAL_USER)
    sizes = measure_jobs(stores, [*listed, *trashed])
    free, total = stores.files.measure_disk()
    return DiskUsage(
        jobs=sorted(((job, sizes[job.id]) for job in listed), key=lambda pair: -pair[1]),
        trash=[(job, sizes[job.id]) for job in trashed],
        uploads=stores.files.measure_uploads(),
        free=free,
        total=total,
    )
