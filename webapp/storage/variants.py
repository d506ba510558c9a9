"""The SQL about groups of variants: pictures of a job that are versions of one picture."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, func, select, update

from webapp.storage.picture_query import PictureQuery
from webapp.storage.tables import pictures


class Variants:
    """Fingerprints and groups of the table of pictures, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_fingerprints(self, job_id: str) -> list[tuple[int, int, int]]:
        """Return number, fingerprint and pixels of every picture that has a fingerprint."""
        area = func.coalesce(pictures.c.width * pictures.c.height, 0)
        statement = (
            select(pictures.c.number, pictures.c.fingerprint, area)
            .where(pictures.c.job_id == job_id, pictures.c.fingerprint.is_not(None))
            .order_by(pictures.c.number)
        )
        return [(number, bits, size) for number, bits, size in self._connection.execute(statement)]

    def replace(self, job_id: str, largest: Mapping[int, int]) -> None:
        """Replace a job's groups. `largest` is as in `ml.sieve.results.Results.set_variants`."""
        in_job = pictures.c.job_id == job_id
        grouped = in_job & pictures.c.variant_of.is_not(None)
        self._connection.execute(update(pictures).where(grouped).values(variant_of=None))
        statement = update(pictures).where(in_job, pictures.c.number == bindparam("this"))
        values = [{"this": number, "variant_of": first} for number, first in largest.items()]
        if values:
            self._connection.execute(statement, values)

    def read_members(self, job_id: str) -> dict[int, list[int]]:
        """Return the numbers of each group's pictures, the largest first, by the largest."""
        area = pictures.c.width * pictures.c.height
        statement = (
            select(pictures.c.variant_of, pictures.c.number)
            .where(pictures.c.job_id == job_id, pictures.c.variant_of.is_not(None))
            .order_by(pictures.c.variant_of, area.desc(), pictures.c.number)
        )
        groups: dict[int, list[int]] = {}
        for largest, number in self._connection.execute(statement):
            groups.setdefault(largest, []).append(number)
        return groups

    def read_largest(self, job_id: str) -> dict[int, str]:
        """Return the SHA-256 of the group's largest picture by the number of each member."""
        largest = pictures.alias()
        is_its = (largest.c.job_id == pictures.c.job_id) & (
            largest.c.number == pictures.c.variant_of
        )
        statement = (
            select(pictures.c.number, largest.c.sha256)
            .join(largest, is_its)
            .where(pictures.c.job_id == job_id)
        )
        return {row.number: row.sha256 for row in self._connection.execute(statement)}

    def list_group(self, job_id: str, number: int) -> list[int]:
        """Return the numbers of all variants of a picture, itself too; none without a group."""
        in_job = pictures.c.job_id == job_id
        group = select(pictures.c.variant_of).where(in_job, pictures.c.number == number)
        statement = select(pictures.c.number).where(
            in_job, pictures.c.variant_of == group.scalar_subquery()
        )
        return list(self._connection.scalars(statement))

    def has_any(self, job_id: str) -> bool:
        """Tell whether the job has a group."""
        statement = select(pictures.c.number).where(pictures.c.job_id == job_id)
        found = self._connection.scalar(statement.where(pictures.c.variant_of >= 0).limit(1))
        return found is not None

    def list_split(self, query: PictureQuery) -> list[int]:
        """Return the groups whose pictures lie in several piles, each by its largest picture."""
        statement = (
            select(pictures.c.variant_of)
            .select_from(query.join_tables())
            .where(query.in_job, pictures.c.variant_of.is_not(None))
            .group_by(pictures.c.variant_of)
            .having(func.count(query.pile.distinct()) > 1)
            .order_by(pictures.c.variant_of)
        )
        return list(self._connection.scalars(statement))
