"""The SQL about pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from ml.archive.reader import Member
from ml.scoring.piles import Outcome, Pile, Verdict
from ml.sieve.shard import PictureResult
from webapp.records import Picture
from webapp.storage.picture_query import PictureQuery, Shown
from webapp.storage.tables import pictures, scores, verdicts

INSERT_ROWS = 5_000
"""Rows inserted at once, so that 100,000 members do not need much memory."""

ALL = -1
"""SQLite's limit for all rows."""


class Pictures:
    """The table of pictures, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job_id: str, members: Iterable[Member]) -> None:
        """Insert a row for every member of a job's archive."""
        rows = (_make_row(job_id, member) for member in members)
        while block := list(islice(rows, INSERT_ROWS)):
            self._connection.execute(insert(pictures), block)

    def remove_all(self, job_id: str) -> None:
        """Delete a job's rows, before its archive is listed again."""
        self._connection.execute(delete(pictures).where(pictures.c.job_id == job_id))

    def set_paths(self, job_id: str, paths: Sequence[str]) -> None:
        """Replace the paths of a job's members, in archive order."""
        values = [{"this": number, "path": path} for number, path in enumerate(paths)]
        statement = update(pictures).where(
            pictures.c.job_id == job_id, pictures.c.number == bindparam("this")
        )
        self._connection.execute(statement, values)

    def list_waiting(self, job_id: str, *, after: int, limit: int) -> list[int]:
        """Numbers above `after` that have no outcome yet, in archive order."""
        query = (
            select(pictures.c.number)
            .where(pictures.c.job_id == job_id, pictures.c.outcome == Outcome.WAITING)
            .where(pictures.c.number > after)
            .order_by(pictures.c.number)
            .limit(limit)
        )
        return list(self._connection.scalars(query))

    def store_results(self, job_id: str, results: Sequence[PictureResult]) -> int:
        """Write results. Returns how many of the pictures were still waiting.

        A picture that has an outcome keeps it, because a shard may run twice.
        """
        values = [
            {
                "this": result.number,
                "outcome": result.outcome,
                "reason": result.reason,
                "width": result.width,
                "height": result.height,
                "colour": result.colour,
                "seconds": result.seconds,
                "sha256": result.sha256,
                "fingerprint": result.fingerprint,
            }
            for result in results
        ]
        statement = (
            update(pictures)
            .where(pictures.c.job_id == job_id, pictures.c.number == bindparam("this"))
            .where(pictures.c.outcome == Outcome.WAITING)
        )
        return self._connection.execute(statement, values).rowcount

    def wait_again(self, job_id: str) -> int:
        """Undo `skip_waiting`. Returns how many pictures wait again."""
        not_scored = (pictures.c.job_id == job_id) & (pictures.c.outcome == Outcome.NOT_SCORED)
        return self._connection.execute(
            update(pictures).where(not_scored).values(outcome=Outcome.WAITING, reason=None)
        ).rowcount

    def skip_waiting(self, job_id: str, reason: str) -> int:
        """Set waiting pictures to NOT_SCORED with a reason. Returns their number."""
        waits = (pictures.c.job_id == job_id) & (pictures.c.outcome == Outcome.WAITING)
        return self._connection.execute(
            update(pictures).where(waits).values(outcome=Outcome.NOT_SCORED, reason=reason)
        ).rowcount

    def list_by_number(self, query: PictureQuery, numbers: Sequence[int]) -> list[Picture]:
        """Return the pictures of these numbers, in their order, without unknown numbers."""
        wanted = query.in_job & pictures.c.number.in_(numbers)
        by_number = {p.number: p for p in self._read(query, wanted, limit=len(numbers))}
        return [by_number[number] for number in numbers if number in by_number]

    def list_by_content(self, query: PictureQuery, contents: Collection[str]) -> list[Picture]:
        """Return the pictures with these SHA-256, copies included, in archive order."""
        found: list[Picture] = []
        remaining = iter(contents)
        while block := list(islice(remaining, INSERT_ROWS)):
            wanted = query.in_job & pictures.c.sha256.in_(block)
            found += self._read(query, wanted, limit=ALL)
        return sorted(found, key=lambda picture: picture.number)

    def list_page(
        self, query: PictureQuery, pile: Pile | None, *, after: int, limit: int
    ) -> list[Picture]:
        """Return pictures of a pile, or all, in archive order, above the number `after`."""
        wanted = query.in_pile(pile) if pile else query.in_job
        return self._read(query, wanted & (pictures.c.number > after), limit=limit)

    def list_gallery(
        self, query: PictureQuery, pile: Pile, shown: Shown, *, skip: int, limit: int
    ) -> list[Picture]:
        """Return pictures of a pile, the nearest to the threshold first, after the first `skip`."""
        falling = (scores.c.evidence.desc(), scores.c.number.desc())
        order = {
            Pile.KEPT: (scores.c.evidence, scores.c.number),
            Pile.UNSURE: falling,
            Pile.REJECTED: falling,
        }
        return self._read(
            query,
            query.in_pile(pile) & query.is_shown(shown),
            order=order.get(pile, (pictures.c.number,)),
            only_scored=pile in order,
            limit=limit,
            skip=skip,
        )

    def list_surest(self, query: PictureQuery, limit: int) -> list[int]:
        """Numbers of the kept pictures with the highest evidence."""
        statement = (
            select(scores.c.number)
            .select_from(query.join_tables(only_scored=True))
            .where(query.in_pile(Pile.KEPT))
            .order_by(scores.c.evidence.desc(), scores.c.number)
        )
        return list(self._connection.scalars(statement.limit(limit)))

    def list_undecided(self, query: PictureQuery, pile: Pile) -> list[int]:
        """Numbers of a pile's scored pictures without a verdict, nearest to the threshold first."""
        rising = (scores.c.evidence, scores.c.number)
        order = rising if pile is Pile.KEPT else [column.desc() for column in rising]
        statement = (
            select(scores.c.number)
            .select_from(query.join_tables(only_scored=True))
            .where(query.in_pile(pile), verdicts.c.verdict.is_(None))
        )
        return list(self._connection.scalars(statement.order_by(*order)))

    def list_numbers(self, query: PictureQuery, pile: Pile) -> list[int]:
        """Numbers of all pictures of a pile, in archive order."""
        statement = (
            select(pictures.c.number).select_from(query.join_tables()).where(query.in_pile(pile))
        )
        return list(self._connection.scalars(statement.order_by(pictures.c.number)))

    def count_piles(self, query: PictureQuery) -> dict[Pile, int]:
        """Count the pictures of each pile from all rows, as a check of `Progress.count_piles`.

        Waiting pictures are in no pile.
        """
        pile = query.pile.label("pile")
        statement = select(pile, func.count()).select_from(query.join_tables()).where(query.in_job)
        counts = {
            Pile(name): n for name, n in self._connection.execute(statement.group_by(pile)) if name
        }
        return {name: counts.get(name, 0) for name in Pile}

    def read_evidence(
        self, query: PictureQuery
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        """Return the evidence of all scored pictures, divided by whether they have a verdict.

        Returns: float32 (n,) without a verdict; float32 (m,) with one; bool (m,), True: the target.
        """
        statement = (
            select(scores.c.evidence, verdicts.c.verdict)
            .select_from(query.join_tables(only_scored=True))
            .where(query.scored)
        )
        rows = self._connection.execute(statement).all()
        evidence = np.array([row.evidence for row in rows], np.float32)
        names = np.array([row.verdict or "" for row in rows], np.str_)
        return evidence[names == ""], evidence[names != ""], names[names != ""] == Verdict.IS

    def list_without_verdict(self, query: PictureQuery, pile: Pile) -> list[int]:
        """Return the numbers of a pile's scored pictures without a verdict, evidence falling."""
        statement = (
            select(scores.c.number)
            .select_from(query.join_tables(only_scored=True))
            .where(query.scored, query.pile == pile, verdicts.c.verdict.is_(None))
            .order_by(scores.c.evidence.desc(), scores.c.number)
        )
        return list(self._connection.scalars(statement))

    def list_scored(self, job_id: str) -> list[int]:
        """Numbers of all scored pictures, rising."""
        statement = select(pictures.c.number).where(
            pictures.c.job_id == job_id, pictures.c.outcome == Outcome.SCORED
        )
        return list(self._connection.scalars(statement.order_by(pictures.c.number)))

    def read_seconds(self, job_id: str) -> tuple[float | None, float | None]:
        """Return the average time of a picture and the most common one, to the millisecond."""
        scored = (pictures.c.job_id == job_id) & (pictures.c.outcome == Outcome.SCORED)
        average = self._connection.scalar(select(func.avg(pictures.c.seconds)).where(scored))
        rounded = func.round(pictures.c.seconds, 3)
        common = self._connection.scalar(
            select(rounded)
            .where(scored)
            .group_by(rounded)
            .order_by(func.count().desc(), rounded)
            .limit(1)
        )
        return average, common

    def _read(
        self,
        query: PictureQuery,
        wanted: ColumnElement[bool],
        *,
        limit: int,
        order: Sequence[ColumnElement[Any]] = (pictures.c.number,),
        only_scored: bool = False,
        skip: int = 0,
    ) -> list[Picture]:
        statement = (
            select(
                pictures,
                scores.c.evidence,
                verdicts.c.verdict,
                verdicts.c.job_id.label("verdict_job_id"),
                verdicts.c.job_name.label("verdict_job_name"),
                query.pile.label("pile"),
            )
            .select_from(query.join_tables(only_scored=only_scored))
            .where(wanted)
            .order_by(*order)
            .limit(limit)
            .offset(skip)
        )
        return [query.make_picture(row) for row in self._connection.execute(statement)]


def _make_row(job_id: str, member: Member) -> dict[str, Any]:
    """Return a row. A member to be scored waits; others are skipped from the start."""
    return {
        "job_id": job_id,
        "number": member.number,
        "path": member.path,
        "size": member.size,
        "outcome": Outcome.SKIPPED if member.skip else Outcome.WAITING,
        "reason": member.skip,
    }
