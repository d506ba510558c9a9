"""The SQL that reads all pictures of a job at once, as columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, case, func, select

from ml.scoring.piles import Pile, Verdict
from webapp.records import Job
from webapp.storage.picture_query import PictureQuery
from webapp.storage.tables import pictures, scores, verdicts

COLUMNS = np.dtype(
    [
        ("number", "<i4"),
        ("evidence", "<f4"),
        ("size", "<u4"),
        ("variant_of", "<i4"),
        ("width", "<u2"),
        ("height", "<u2"),
        ("colour", "<u2"),
        ("verdict", "i1"),
        ("earlier", "i1"),
    ]
)
"""Types are wide first, so that a browser may read each column where it lies."""

NO_COLOUR = 0xFFFF
"""The colour of a picture that an older program scored."""


class Columns:
    """Whole columns of a job's pictures, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_scored(self, query: PictureQuery) -> NDArray[Any]:
        """Return the scored pictures, rising by evidence; the fields are those of `COLUMNS`.

        A verdict is 1 (is the target), -1 (is not) or 0; `earlier` is 1 if another job gave it.
        `variant_of` is the number of the largest picture of the group, -1 without a group.
        Sides and sizes are 0 where they are not known; those above what their column holds are
        cut.
        """
        verdict = case(
            (verdicts.c.verdict == Verdict.IS, 1),
            (verdicts.c.verdict == Verdict.IS_NOT, -1),
            else_=0,
        )
        statement = (
            select(
                scores.c.number,
                scores.c.evidence,
                pictures.c.size,
                func.coalesce(pictures.c.variant_of, -1),
                func.coalesce(pictures.c.width, 0),
                func.coalesce(pictures.c.height, 0),
                func.coalesce(pictures.c.colour, NO_COLOUR),
                verdict,
                func.coalesce(verdicts.c.job_id != query.job.id, False),
            )
            .select_from(query.join_tables(only_scored=True))
            .where(query.scored)
            .order_by(scores.c.number)  # both tables lie in this order, so it is read quickly
        )
        cursor = self._connection.execute(statement).cursor
        assert cursor is not None  # noqa: S101 - a SELECT always has one
        rows = cursor.fetchall()  # rows of SQLAlchemy take twice as long
        names = COLUMNS.names or ()
        exact = np.array(rows, np.float64).reshape(len(rows), len(names))
        table = np.empty(len(rows), COLUMNS)
        for name, values in zip(names, exact.T, strict=True):
            table[name] = values.clip(*_find_bounds(COLUMNS[name]))
        return table[np.argsort(table["evidence"], kind="stable")]

    def iter_contents(
        self, query: PictureQuery, pile: Pile
    ) -> Iterator[tuple[str, int, str | None]]:
        """Yield path, size and SHA-256 of a pile's pictures, in archive order."""
        statement = (
            select(pictures.c.path, pictures.c.size, pictures.c.sha256)
            .select_from(query.join_tables())
            .where(query.in_pile(pile))
            .order_by(pictures.c.number)
        )
        for row in self._connection.execute(statement):
            yield row.path, row.size, row.sha256

    def list_names(self, job_id: str, *, after: int, limit: int) -> list[tuple[int, str]]:
        """Return numbers and paths of members above a number, in archive order."""
        statement = (
            select(pictures.c.number, pictures.c.path)
            .where(pictures.c.job_id == job_id, pictures.c.number > after)
            .order_by(pictures.c.number)
            .limit(limit)
        )
        return [(row.number, row.path) for row in self._connection.execute(statement)]

    def measure_piles(self, query: PictureQuery) -> dict[Pile, int]:
        """Sum the bytes of each pile's pictures. Waiting pictures are in none."""
        pile, size = query.pile.label("pile"), func.sum(pictures.c.size)
        statement = select(pile, size).select_from(query.join_tables()).where(query.in_job)
        rows = self._connection.execute(statement.group_by(pile)).all()
        sizes = {Pile(name): total for name, total in rows if name}
        return {name: sizes.get(name, 0) for name in Pile}

    def read_verdict_state(self, job: Job) -> str:
        """Return a text that changes with every verdict on one of the job's pictures."""
        applies = (
            select(pictures.c.number)
            .where(pictures.c.job_id == job.id, pictures.c.sha256 == verdicts.c.sha256)
            .exists()
        )
        statement = (
            select(func.count(), func.max(verdicts.c.changed))
            .where(verdicts.c.user_id == job.user_id, verdicts.c.target == job.target)
            .where(applies)
        )
        count, latest = self._connection.execute(statement).one()
        return f"{count} {latest}"


def _find_bounds(kind: np.dtype[Any]) -> tuple[float, float]:
    """Return the least and the greatest value of a type."""
    info = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    return float(info.min), float(info.max)
