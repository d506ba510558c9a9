"""The SQL about jobs and the targets that they were scored for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)

from webapp.records import Job, JobOrder, JobState, JobTarget
from webapp.storage.tables import job_targets, jobs

_TARGET_FIELDS = {
    "target_title": job_targets.c.title,
    "target_version": job_targets.c.version,
    "prevalence": job_targets.c.prevalence,
    "is_prevalence_known": job_targets.c.is_prevalence_known,
}
"""Fields of a `Job` that describe the target it shows."""

_ORDERS = {
    JobOrder.NEWEST: (jobs.c.created.desc(),),
    JobOrder.OLDEST: (jobs.c.created,),
    JobOrder.NAME: (func.lower(jobs.c.name), jobs.c.created.desc()),
    JobOrder.LARGEST: (jobs.c.total.desc(), jobs.c.created.desc()),
}


@dataclasses.dataclass(frozen=True, slots=True)
class StateCount:
    """The jobs in one state."""

    jobs: int
    total: int
    """Members of their archives."""
    done: int
    """Members whose outcome is known."""


class Jobs:
    """The table of jobs, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job: Job) -> None:
        """Insert a new job with its target."""
        own, _ = _split(job)
        self._connection.execute(insert(jobs).values(own))
        self.set_target(job.id, job.shown_target)

    def save(self, job: Job) -> None:
        """Write all fields of a job that was read in this transaction."""
        own, of_target = _split(job)
        self._connection.execute(update(jobs).where(jobs.c.id == own.pop("id")).values(own))
        self._connection.execute(
            update(job_targets)
            .where(job_targets.c.job_id == job.id, job_targets.c.target == job.target)
            .values(of_target)
        )

    def set_target(self, job_id: str, target: JobTarget) -> None:
        """Add a target to a job, or replace it and delete its scores."""
        self._connection.execute(
            delete(job_targets).where(
                job_targets.c.job_id == job_id, job_targets.c.target == target.name
            )
        )
        values = dataclasses.asdict(target)
        self._connection.execute(
            insert(job_targets).values(job_id=job_id, target=values.pop("name"), **values)
        )

    def show_target(self, job_id: str, name: str) -> None:
        """Let a job show another one of its targets."""
        self._connection.execute(update(jobs).where(jobs.c.id == job_id).values(target=name))

    def remove_other_targets(self, job: Job) -> None:
        """Remove all targets with their scores, except the one that the job shows."""
        other = (job_targets.c.job_id == job.id) & (job_targets.c.target != job.target)
        self._connection.execute(delete(job_targets).where(other))

    def list_targets(self, job_id: str) -> list[JobTarget]:
        """The targets that a job was scored for, by title."""
        query = select(
            job_targets.c.target.label("name"),
            job_targets.c.title,
            job_targets.c.version,
            job_targets.c.prevalence,
            job_targets.c.is_prevalence_known,
        ).where(job_targets.c.job_id == job_id)
        rows = self._connection.execute(query.order_by(job_targets.c.title))
        return [JobTarget(**row._asdict()) for row in rows]

    def get(self, job_id: str) -> Job | None:
        row = self._connection.execute(_select().where(jobs.c.id == job_id)).one_or_none()
        return _make_job(row) if row else None

    def list_page(
        self, user_id: int, *, search: str, order: JobOrder, limit: int, skip: int
    ) -> list[Job]:
        """A user's jobs whose own or whose target's name contains `search`, without the trash."""
        query = (
            _select()
            .where(_is_listed(user_id))
            .where(
                jobs.c.name.icontains(search, autoescape=True)
                | job_targets.c.title.icontains(search, autoescape=True)
            )
            .order_by(*_ORDERS[order], jobs.c.id)
            .limit(limit)
            .offset(skip)
        )
        return [_make_job(row) for row in self._connection.execute(query)]

    def is_listed(self, user_id: int, job_id: str) -> bool:
        """Whether this is a job of the user, neither in the trash nor half deleted."""
        query = select(jobs.c.id).where(_is_listed(user_id), jobs.c.id == job_id)
        return self._connection.scalar(query) is not None

    def list_by_id(self, user_id: int, job_ids: Iterable[str]) -> list[Job]:
        """A user's jobs of these ids, in no order; without unknown ones and the trash."""
        query = _select().where(_is_listed(user_id), jobs.c.id.in_(list(job_ids)))
        return [_make_job(row) for row in self._connection.execute(query)]

    def rename(self, job_id: str, name: str) -> None:
        """Give a job another name."""
        self._connection.execute(update(jobs).where(jobs.c.id == job_id).values(name=name))

    def list_trash(self, user_id: int) -> list[Job]:
        """A user's jobs in the trash, the last one first."""
        query = (
            _select()
            .where(jobs.c.user_id == user_id, jobs.c.trashed.is_not(None))
            .where(jobs.c.state != JobState.DELETING)
            .order_by(jobs.c.trashed.desc(), jobs.c.id)
        )
        return [_make_job(row) for row in self._connection.execute(query)]

    def count_states(self) -> dict[JobState, StateCount]:
        """All jobs by state, with their files. Jobs in the trash are counted, too."""
        query = select(
            jobs.c.state, func.count(), func.sum(jobs.c.total), func.sum(jobs.c.done)
        ).group_by(jobs.c.state)
        counts = {name: StateCount(*rest) for name, *rest in self._connection.execute(query)}
        return {state: counts.get(state, StateCount(0, 0, 0)) for state in JobState}

    def count_trash(self) -> int:
        """All users' jobs in the trash."""
        trashed = select(func.count()).select_from(jobs).where(jobs.c.trashed.is_not(None))
        return self._connection.scalar(trashed) or 0

    def list_in_state(self, *states: JobState) -> list[Job]:
        """All jobs in these states, the oldest first."""
        query = _select().where(jobs.c.state.in_(states)).order_by(jobs.c.created, jobs.c.id)
        return [_make_job(row) for row in self._connection.execute(query)]

    def list_put_first(self) -> list[str]:
        """Ids of the running jobs that go before the others, in the order of their service."""
        query = select(jobs.c.id).where(
            jobs.c.state == JobState.RUNNING, jobs.c.put_first.is_not(None)
        )
        return list(self._connection.scalars(query.order_by(jobs.c.put_first.desc())))

    def read_states(self, job_ids: Iterable[str]) -> dict[str, JobState]:
        """The states of these jobs; deleted ones are left out."""
        query = select(jobs.c.id, jobs.c.state).where(jobs.c.id.in_(list(job_ids)))
        return {row.id: JobState(row.state) for row in self._connection.execute(query)}

    def list_finished_before(self, user_id: int, moment: datetime) -> list[Job]:
        """A user's jobs that ended before the moment."""
        query = _select().where(jobs.c.user_id == user_id, jobs.c.finished < moment)
        return [_make_job(row) for row in self._connection.execute(query)]

    def count_progress(self, job_id: str, new: int) -> None:
        """Count members with a new outcome. Progress resets the number of attempts."""
        values: dict[str, Any] = {"done": jobs.c.done + new}
        if new:
            values |= {"attempts": 0, "blocked_by": None}
        self._connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))

    def set_rate(self, job_id: str, rate: float | None) -> None:
        """Set the pictures per second of a running job."""
        running = (jobs.c.id == job_id) & (jobs.c.state == JobState.RUNNING)
        self._connection.execute(update(jobs).where(running).values(rate=rate))

    def set_blocked(self, job_id: str, reason: str | None) -> None:
        """Set why a job that is not over cannot continue now."""
        waits = (jobs.c.id == job_id) & jobs.c.state.in_((JobState.QUEUED, JobState.RUNNING))
        self._connection.execute(update(jobs).where(waits).values(blocked_by=reason))

    def set_note(self, job_id: str, note: str) -> None:
        """Set the further sentence for the user."""
        self._connection.execute(update(jobs).where(jobs.c.id == job_id).values(note=note))

    def set_thresholds(self, job_id: str, *, kept: float, unsure: float) -> None:
        """Set the thresholds of the piles, probabilities 0..1."""
        self._connection.execute(
            update(jobs).where(jobs.c.id == job_id).values(threshold=kept, unsure_threshold=unsure)
        )

    def remove(self, job_id: str) -> None:
        """Delete the job, and with it its pictures and scores."""
        self._connection.execute(delete(jobs).where(jobs.c.id == job_id))


def _is_listed(user_id: int) -> ColumnElement[bool]:
    """The condition that a job is the user's, and neither in the trash nor half deleted."""
    return and_(
        jobs.c.user_id == user_id, jobs.c.trashed.is_(None), jobs.c.state != JobState.DELETING
    )


def _select() -> Select[Any]:
    shown = and_(job_targets.c.job_id == jobs.c.id, job_targets.c.target == jobs.c.target)
    of_target = [column.label(name) for name, column in _TARGET_FIELDS.items()]
    return select(jobs, *of_target).join(job_targets, shown)


def _make_job(row: Row[Any]) -> Job:
    values = row._asdict()
    return Job(**{**values, "state": JobState(values["state"])})


def _split(job: Job) -> tuple[dict[str, Any], dict[str, Any]]:
    """A job's values by column: of its own table, and of the target that it shows."""
    values = dataclasses.asdict(job)
    of_target = {column.name: values.pop(name) for name, column in _TARGET_FIELDS.items()}
    return values, of_target
