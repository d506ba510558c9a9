"""The SQL about samples of rejected pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from webapp.storage.picture_query import PictureQuery
from webapp.storage.tables import (
    pictures,
    sample_answers,
    sample_pictures,
    samples,
    scores,
    verdicts,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """A random order in which rejected pictures are checked."""

    border: float
    """Evidence below which a picture was rejected when the sample was drawn."""
    below: int
    """Pictures below the border then, whatever the user said of them."""
    near_size: int
    """Pictures without a verdict in the stratum near the border."""
    far_size: int
    checked: int
    """How many pictures the user has checked, from the beginning of the order."""
    created: datetime
    threshold: float | None
    """The border as a probability, which other scores would give otherwise. None in a sample that
    was drawn before this was stored, as with `rejected`."""
    rejected: int | None
    """Pictures in the pile then, those with a verdict included."""


class Samples:
    """The tables of samples, in one transaction. A job has at most one a target."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, job_id: str, target: str) -> Sample | None:
        """Return the job's sample, if one was drawn."""
        statement = select(samples).where(samples.c.job_id == job_id, samples.c.target == target)
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            return None
        names = [field.name for field in dataclasses.fields(Sample)]
        return Sample(**{name: row._mapping[name] for name in names})

    def list_numbers(self, job_id: str, target: str) -> list[int]:
        """Return the numbers of the pictures in their order."""
        statement = (
            select(sample_pictures.c.number)
            .where(sample_pictures.c.job_id == job_id, sample_pictures.c.target == target)
            .order_by(sample_pictures.c.position)
        )
        return list(self._connection.scalars(statement))

    def replace(self, query: PictureQuery, sample: Sample, numbers: Sequence[int]) -> None:
        """Store a sample, at least one picture, instead of the one before.

        The pictures below the query's border that have a verdict now are stored with it.
        """
        job = query.job
        key = {"job_id": job.id, "target": job.target}
        self._connection.execute(
            delete(samples).where(samples.c.job_id == job.id, samples.c.target == job.target)
        )
        self._connection.execute(insert(samples), key | dataclasses.asdict(sample))
        rows = [key | {"position": n, "number": number} for n, number in enumerate(numbers)]
        self._connection.execute(insert(sample_pictures), rows)
        answered = (
            select(literal(job.id), literal(job.target), scores.c.number)
            .select_from(query.join_tables(only_scored=True))
            .where(query.scored, scores.c.evidence < query.borders.unsure)
            .where(verdicts.c.verdict.is_not(None))
        )
        columns = ["job_id", "target", "number"]
        self._connection.execute(insert(sample_answers).from_select(columns, answered))

    def count_answered(self, query: PictureQuery) -> tuple[int, int]:
        """Count the pictures that had a verdict when the sample was drawn.

        Returns: all of them, 0 if the sample was drawn before they were stored; those that have no
            verdict now.
        """
        numbers = select(sample_answers.c.number).where(
            sample_answers.c.job_id == query.job.id, sample_answers.c.target == query.job.target
        )
        taken_back = func.count().filter(verdicts.c.verdict.is_(None))
        statement = select(func.count(), taken_back).select_from(query.join_tables())
        row = self._connection.execute(
            statement.where(query.in_job, pictures.c.number.in_(numbers))
        ).one()
        return row[0], row[1]

    def set_checked(self, job_id: str, target: str, checked: int) -> None:
        """Set how many of the sample's pictures the user has checked."""
        self._connection.execute(
            update(samples)
            .where(samples.c.job_id == job_id, samples.c.target == target)
            .values(checked=checked)
        )
