"""The SQL about samples of rejected pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from webapp.storage.tables import sample_pictures, samples


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

    def replace(self, job_id: str, target: str, sample: Sample, numbers: Sequence[int]) -> None:
        """Store a sample, at least one picture, instead of the one before."""
        key = {"job_id": job_id, "target": target}
        self._connection.execute(
            delete(samples).where(samples.c.job_id == job_id, samples.c.target == target)
        )
        self._connection.execute(insert(samples), key | dataclasses.asdict(sample))
        rows = [key | {"position": n, "number": number} for n, number in enumerate(numbers)]
        self._connection.execute(insert(sample_pictures), rows)

    def set_checked(self, job_id: str, target: str, checked: int) -> None:
        """Set how many of the sample's pictures the user has checked."""
        self._connection.execute(
            update(samples)
            .where(samples.c.job_id == job_id, samples.c.target == target)
            .values(checked=checked)
        )
