"""The SQL about scores: the evidence of a job's pictures for each of its targets."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, insert, select

from webapp.storage.pictures import INSERT_ROWS
from webapp.storage.tables import scores


class Scores:
    """The table of scores, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job_id: str, target: str, evidence: Iterable[tuple[int, float]]) -> None:
        """Insert evidence by picture number; a picture that has some keeps it."""
        rows = (
            {"job_id": job_id, "target": target, "number": number, "evidence": value}
            for number, value in evidence
        )
        statement = insert(scores).prefix_with("OR IGNORE", dialect="sqlite")
        while block := list(islice(rows, INSERT_ROWS)):
            self._connection.execute(statement, block)

    def read(self, job_id: str, target: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return numbers int64 (n,) and evidence float32 (n,), rising by evidence."""
        statement = (
            select(scores.c.number, scores.c.evidence)
            .where(scores.c.job_id == job_id, scores.c.target == target)
            .order_by(scores.c.evidence)
        )
        rows = self._connection.execute(statement).all()
        numbers = np.fromiter((row.number for row in rows), np.int64, len(rows))
        evidence = np.fromiter((row.evidence for row in rows), np.float32, len(rows))
        return numbers, evidence

    def count_below(self, job_id: str, target: str, border: float) -> int:
        """Count the pictures whose evidence for a target is below a border."""
        statement = select(func.count()).select_from(scores)
        statement = statement.where(scores.c.job_id == job_id, scores.c.target == target)
        return self._connection.scalar(statement.where(scores.c.evidence < border)) or 0

    def count(self, job_id: str, target: str) -> int:
        """Count the pictures that have evidence for a target."""
        statement = select(func.count()).select_from(scores)
        statement = statement.where(scores.c.job_id == job_id, scores.c.target == target)
        return self._connection.scalar(statement) or 0
