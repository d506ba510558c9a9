"""The SQL about jobs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from webapp.records import Job, JobState
from webapp.storage.tables import jobs


class Jobs:
    """The table of jobs, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of this connection."""
        self._connection = connection

    def add(self, job: Job) -> None:
        """Insert a new job."""
        self._connection.execute(insert(jobs).values(dataclasses.asdict(job)))

    def save(self, job: Job) -> None:
        """Write everything but the id; only for a job that was read in this transaction."""
        values = dataclasses.asdict(job)
        self._connection.execute(update(jobs).where(jobs.c.id == values.pop("id")).values(values))

    def get(self, job_id: str) -> Job | None:
        """The job of this id."""
        row = self._connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
        return _job(row) if row else None

    def recent(self, user_id: int, limit: int) -> list[Job]:
        """A user's last jobs, the newest first."""
        query = (
            select(jobs)
            .where(jobs.c.user_id == user_id)
            .order_by(jobs.c.created.desc(), jobs.c.id)
            .limit(limit)
        )
        return [_job(row) for row in self._connection.execute(query)]

    def in_state(self, *states: JobState) -> list[Job]:
        """All jobs in these states, the oldest first."""
        query = select(jobs).where(jobs.c.state.in_(states)).order_by(jobs.c.created, jobs.c.id)
        return [_job(row) for row in self._connection.execute(query)]

    def states(self, job_ids: Iterable[str]) -> dict[str, JobState]:
        """The states of these jobs; a deleted one is not in the answer."""
        query = select(jobs.c.id, jobs.c.state).where(jobs.c.id.in_(list(job_ids)))
        return {row.id: JobState(row.state) for row in self._connection.execute(query)}

    def finished_before(self, user_id: int, moment: datetime) -> list[Job]:
        """A user's jobs that ended before the moment."""
        query = select(jobs).where(jobs.c.user_id == user_id, jobs.c.finished < moment)
        return [_job(row) for row in self._connection.execute(query)]

    def count_done(self, job_id: str, more: int) -> None:
        """Add to the members whose outcome is known."""
        self._connection.execute(
            update(jobs).where(jobs.c.id == job_id).values(done=jobs.c.done + more)
        )

    def set_rate(self, job_id: str, rate: float | None) -> None:
        """Note how many pictures a second a running job makes."""
        running = (jobs.c.id == job_id) & (jobs.c.state == JobState.RUNNING)
        self._connection.execute(update(jobs).where(running).values(rate=rate))

    def set_thresholds(self, job_id: str, *, kept: float, unsure: float) -> None:
        """Move the piles' borders, probabilities 0..1."""
        self._connection.execute(
            update(jobs).where(jobs.c.id == job_id).values(threshold=kept, unsure_threshold=unsure)
        )

    def remove(self, job_id: str) -> None:
        """Delete the job, and with it its pictures."""
        self._connection.execute(delete(jobs).where(jobs.c.id == job_id))


def _job(row: Row[Any]) -> Job:
    values = row._asdict()
    return Job(**{**values, "state": JobState(values["state"])})
