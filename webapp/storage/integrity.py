"""The SQL that verifies rows against each other, and repairs them."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select, text, update

from ml.scoring.piles import Outcome
from webapp.storage.tables import job_targets, jobs, pictures, scores


class Integrity:
    """Checks over all tables, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_damage(self) -> list[str]:
        """What SQLite itself finds wrong with the file; empty for a whole one."""
        found = [str(row[0]) for row in self._connection.execute(text("PRAGMA integrity_check"))]
        broken = len(self._connection.execute(text("PRAGMA foreign_key_check")).all())
        return [line for line in found if line != "ok"] + (
            [f"{broken} rows refer to rows that are gone"] if broken else []
        )

    def count_members(self, job_id: str) -> tuple[int, int]:
        """Return how many members a job has, and how many of them wait for an outcome."""
        waits = func.count().filter(pictures.c.outcome == Outcome.WAITING)
        row = self._connection.execute(
            select(func.count(), waits).where(pictures.c.job_id == job_id)
        ).one()
        return row[0], row[1]

    def count_without_score(self, job_id: str) -> int:
        """Count the scored pictures that have no evidence for the target that the job shows."""
        target = select(jobs.c.target).where(jobs.c.id == job_id).scalar_subquery()
        is_scored = (pictures.c.job_id == job_id) & (pictures.c.outcome == Outcome.SCORED)
        score = (
            (scores.c.job_id == pictures.c.job_id)
            & (scores.c.number == pictures.c.number)
            & (scores.c.target == target)
        )
        without = select(func.count()).select_from(pictures.outerjoin(scores, score))
        statement = without.where(is_scored, scores.c.number.is_(None))
        return self._connection.scalar(statement) or 0

    def list_without_target(self) -> list[str]:
        """Ids of jobs whose shown target has no row, so that no list finds them."""
        shown = (job_targets.c.job_id == jobs.c.id) & (job_targets.c.target == jobs.c.target)
        statement = select(jobs.c.id).select_from(jobs.outerjoin(job_targets, shown))
        return list(self._connection.scalars(statement.where(job_targets.c.job_id.is_(None))))

    def set_done(self, job_id: str, done: int) -> None:
        """Correct the number of members whose outcome is known."""
        self._connection.execute(update(jobs).where(jobs.c.id == job_id).values(done=done))

    def forget_scored(self, job_id: str, first: int) -> int:
        """Let the scored pictures from this number on wait again. Returns their number."""
        self._connection.execute(
            delete(scores).where(scores.c.job_id == job_id, scores.c.number >= first)
        )
        is_lost = (pictures.c.job_id == job_id) & (pictures.c.number >= first)
        return self._connection.execute(
            update(pictures)
            .where(is_lost, pictures.c.outcome == Outcome.SCORED)
            .values(outcome=Outcome.WAITING, reason=None)
        ).rowcount
