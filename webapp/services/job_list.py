"""Lists of jobs: search, order, rename."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from ml.scoring.piles import Pile
from webapp.errors import PreferenceRefused
from webapp.records import LOCAL_USER, Job, JobOrder, JobState
from webapp.safe_names import mask_hostile
from webapp.services.jobs import find_blocker, require_job
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery

SHOWN_PICTURES = 4
LONGEST_NAME = 200  # characters
MOST_IDS = 200
"""Jobs in one answer."""


@dataclasses.dataclass(frozen=True, slots=True)
class ListedJob:
    """A job as lists show it."""

    job: Job
    piles: Mapping[Pile, int]
    surest: list[int]
    """Numbers of a few kept pictures, those with the highest evidence."""
    is_blocked: bool
    """True if the runner cannot continue it now; its page says why."""

    @property
    def seconds_left(self) -> float | None:
        """The time until a running job ends; None if it is not known."""
        if self.job.state is not JobState.RUNNING or self.is_blocked or not self.job.rate:
            return None
        return (self.job.total - self.job.done) / self.job.rate


def list_jobs(
    stores: Stores,
    *,
    search: str = "",
    order: JobOrder = JobOrder.NEWEST,
    limit: int,
    skip: int = 0,
) -> list[ListedJob]:
    """Return the user's jobs whose own or whose character's name contains `search`."""
    with stores.reading() as tables:
        found = tables.jobs.list_page(
            LOCAL_USER, search=search, order=order, limit=limit, skip=skip
        )
        return [_describe(stores, tables, job) for job in found]


def list_by_id(stores: Stores, job_ids: Sequence[str]) -> list[ListedJob]:
    """Return the user's jobs of these ids; unknown ids are left out."""
    with stores.reading() as tables:
        found = tables.jobs.list_by_id(LOCAL_USER, job_ids[:MOST_IDS])
        return [_describe(stores, tables, job) for job in found]


def _describe(stores: Stores, tables: Tables, job: Job) -> ListedJob:
    query = PictureQuery.of(job)
    surest = tables.pictures.list_surest(query, SHOWN_PICTURES)
    is_blocked = find_blocker(stores, job) is not None
    return ListedJob(job, tables.progress.count_piles(query), surest, is_blocked)


def find_rate(stores: Stores) -> float | None:
    """Return the pictures per second of the last job that ended; None if there is none."""
    with stores.reading() as tables:
        recent = tables.jobs.list_page(
            LOCAL_USER, search="", order=JobOrder.NEWEST, limit=SHOWN_PICTURES, skip=0
        )
    return next((job.rate for job in recent if job.rate and job.state.is_over), None)


def rename(stores: Stores, job_id: str, name: str) -> None:
    """Give a job another name. Raises PreferenceRefused without a name, NotFound."""
    shown = mask_hostile(name).strip()[:LONGEST_NAME]
    if not shown:
        raise PreferenceRefused("A job needs a name.")
    with stores.writing() as tables:
        require_job(tables, job_id)
        tables.jobs.rename(job_id, shown)
