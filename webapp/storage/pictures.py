"""The SQL about pictures, with the one expression that says in which pile a picture is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from ml.archive.reader import Member
from ml.scoring.piles import Outcome, Pile, Thresholds, Verdict, compute_probability
from ml.sieve.shard import PictureResult
from webapp.records import Job, Picture
from webapp.storage.tables import pictures, scores, verdicts

INSERT_ROWS = 5_000
"""Rows handed to SQLite at once, so that 100,000 members need no more memory than these."""


@dataclasses.dataclass(frozen=True, slots=True)
class PictureQuery:
    """Which pictures are read: of one job and the target it shows, with which borders."""

    job: Job
    borders: Thresholds
    """As evidence (natural log)."""

    @classmethod
    def of(cls, job: Job, confidence: float | None = None) -> PictureQuery:
        """At the job's own thresholds, or at another confidence (0..1)."""
        thresholds = job.thresholds
        if confidence is not None:
            thresholds = Thresholds.without_unsure(confidence)
        return cls(job, thresholds.to_evidence(job.prevalence))

    @property
    def pile(self) -> ColumnElement[Any]:
        """`ml.scoring.piles.decide_pile` as SQL: NULL while the picture waits."""
        return case(
            (pictures.c.outcome == Outcome.WAITING, null()),
            (pictures.c.outcome == Outcome.NOT_SCORED, Pile.SKIPPED),
            (pictures.c.outcome != Outcome.SCORED, pictures.c.outcome),
            (verdicts.c.verdict == Verdict.IS, Pile.KEPT),
            (verdicts.c.verdict == Verdict.IS_NOT, Pile.REJECTED),
            (scores.c.evidence >= self.borders.kept, Pile.KEPT),
            (scores.c.evidence >= self.borders.unsure, Pile.UNSURE),
            else_=Pile.REJECTED,
        )

    def source(self, *, only_scored: bool = False) -> FromClause:
        """Pictures beside their score for the job's target and the user's verdict.

        Args:
            only_scored: leave out pictures without a score, so that the scores' index can lead.
        """
        has_score = and_(
            scores.c.job_id == pictures.c.job_id,
            scores.c.number == pictures.c.number,
            scores.c.target == self.job.target,
        )
        applies = and_(
            verdicts.c.sha256 == pictures.c.sha256,
            verdicts.c.user_id == self.job.user_id,
            verdicts.c.target == self.job.target,
        )
        both = scores.join(pictures, has_score) if only_scored else None
        return (both if both is not None else pictures.outerjoin(scores, has_score)).outerjoin(
            verdicts, applies
        )

    @property
    def in_job(self) -> ColumnElement[bool]:
        """Which pictures are meant."""
        return pictures.c.job_id == self.job.id

    @property
    def scored(self) -> ColumnElement[bool]:
        """Which scores are meant; the test that their index answers."""
        return (scores.c.job_id == self.job.id) & (scores.c.target == self.job.target)

    def in_pile(self, pile: Pile) -> ColumnElement[bool]:
        """The pictures of one pile; the first half of the test lets an index answer it."""
        if pile is Pile.UNREADABLE:
            return self.in_job & (pictures.c.outcome == Outcome.UNREADABLE)
        if pile is Pile.SKIPPED:
            return self.in_job & pictures.c.outcome.in_((Outcome.SKIPPED, Outcome.NOT_SCORED))
        scored = self.scored
        if pile is Pile.UNSURE:
            scored &= scores.c.evidence.between(self.borders.unsure, self.borders.kept)
        return scored & (self.pile == pile)

    def make_picture(self, row: Row[Any]) -> Picture:
        """A row of `Pictures._read` as a record."""
        known = row.evidence is not None
        return Picture(
            job_id=row.job_id,
            number=row.number,
            path=row.path,
            size=row.size,
            outcome=Outcome(row.outcome),
            pile=Pile(row.pile) if row.pile else None,
            probability=compute_probability(row.evidence, self.job.prevalence) if known else None,
            evidence=row.evidence,
            verdict=Verdict(row.verdict) if row.verdict else None,
            reason=row.reason,
            width=row.width,
            height=row.height,
            seconds=row.seconds,
            sha256=row.sha256,
        )


class Pictures:
    """The table of pictures, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job_id: str, members: Iterable[Member]) -> None:
        """Insert a row for every member of a job's archive."""
        rows = (_make_row(job_id, member) for member in members)
        while some := list(islice(rows, INSERT_ROWS)):
            self._connection.execute(insert(pictures), some)

    def remove_all(self, job_id: str) -> None:
        """Delete a job's rows, to list its archive anew."""
        self._connection.execute(delete(pictures).where(pictures.c.job_id == job_id))

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
        """Write what became of some pictures; returns how many of them were still waiting.

        A picture that has its outcome keeps it, because a shard may run twice.
        """
        values = [
            {
                "this": result.number,
                "outcome": result.outcome,
                "reason": result.reason,
                "width": result.width,
                "height": result.height,
                "seconds": result.seconds,
                "sha256": result.sha256,
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
        """Undo `skip_waiting`; returns how many pictures wait again."""
        not_scored = (pictures.c.job_id == job_id) & (pictures.c.outcome == Outcome.NOT_SCORED)
        return self._connection.execute(
            update(pictures).where(not_scored).values(outcome=Outcome.WAITING, reason=None)
        ).rowcount

    def skip_waiting(self, job_id: str, reason: str) -> int:
        """Skip what will not be scored any more; returns how many pictures that are."""
        waits = (pictures.c.job_id == job_id) & (pictures.c.outcome == Outcome.WAITING)
        return self._connection.execute(
            update(pictures).where(waits).values(outcome=Outcome.NOT_SCORED, reason=reason)
        ).rowcount

    def get(self, query: PictureQuery, number: int) -> Picture | None:
        """One picture."""
        return next(iter(self.list_by_number(query, [number])), None)

    def list_by_number(self, query: PictureQuery, numbers: Sequence[int]) -> list[Picture]:
        """Pictures of these numbers, in their order; unknown numbers are left out."""
        wanted = query.in_job & pictures.c.number.in_(numbers)
        by_number = {p.number: p for p in self._read(query, wanted, limit=len(numbers))}
        return [by_number[number] for number in numbers if number in by_number]

    def list_page(
        self, query: PictureQuery, pile: Pile | None, *, after: int, limit: int
    ) -> list[Picture]:
        """Pictures of a pile, or all, in archive order, from the one after number `after`."""
        wanted = query.in_pile(pile) if pile else query.in_job
        return self._read(query, wanted & (pictures.c.number > after), limit=limit)

    def list_gallery(
        self, query: PictureQuery, pile: Pile, *, skip: int, limit: int
    ) -> list[Picture]:
        """Pictures of a pile, those nearest to the border first, without the first `skip`."""
        falling = (scores.c.evidence.desc(), scores.c.number.desc())
        order = {
            Pile.KEPT: (scores.c.evidence, scores.c.number),
            Pile.UNSURE: falling,
            Pile.REJECTED: falling,
        }
        return self._read(
            query,
            query.in_pile(pile),
            order=order.get(pile, (pictures.c.number,)),
            only_scored=pile in order,
            limit=limit,
            skip=skip,
        )

    def list_numbers(self, query: PictureQuery, pile: Pile) -> list[int]:
        """Numbers of all pictures of a pile, in archive order."""
        statement = select(pictures.c.number).select_from(query.source()).where(query.in_pile(pile))
        return list(self._connection.scalars(statement.order_by(pictures.c.number)))

    def count_piles(self, query: PictureQuery) -> dict[Pile, int]:
        """How many pictures each pile has; those that wait are in none."""
        pile = query.pile.label("pile")
        statement = select(pile, func.count()).select_from(query.source()).where(query.in_job)
        counts = {
            Pile(name): n for name, n in self._connection.execute(statement.group_by(pile)) if name
        }
        return {each: counts.get(each, 0) for each in Pile}

    def count_kept(self, query: PictureQuery) -> int:
        """How many pictures are kept, cheaply: an index counts, then the verdicts correct it."""
        above = query.scored & (scores.c.evidence >= query.borders.kept)
        total = self._connection.scalar(select(func.count()).select_from(scores).where(above)) or 0
        for evidence, verdict in self.list_verdicts(query):
            total += (verdict is Verdict.IS) - (evidence >= query.borders.kept)
        return total

    def list_verdicts(self, query: PictureQuery) -> list[tuple[float, Verdict]]:
        """Evidence and verdict of every scored picture that has a verdict."""
        statement = (
            select(scores.c.evidence, verdicts.c.verdict)
            .select_from(query.source(only_scored=True))
            .where(query.scored, verdicts.c.verdict.is_not(None))
        )
        return [(value, Verdict(name)) for value, name in self._connection.execute(statement)]

    def read_verdicts(self, query: PictureQuery) -> Mapping[int, bool]:
        """The verdict on each scored picture that has one, by number; True: it is the target."""
        statement = (
            select(pictures.c.number, verdicts.c.verdict)
            .select_from(query.source())
            .where(query.in_job, pictures.c.outcome == Outcome.SCORED)
            .where(verdicts.c.verdict.is_not(None))
        )
        return {n: name == Verdict.IS for n, name in self._connection.execute(statement)}

    def list_scored(self, job_id: str) -> list[int]:
        """Numbers of all scored pictures, rising."""
        statement = select(pictures.c.number).where(
            pictures.c.job_id == job_id, pictures.c.outcome == Outcome.SCORED
        )
        return list(self._connection.scalars(statement.order_by(pictures.c.number)))

    def read_seconds(self, job_id: str) -> tuple[float | None, float | None]:
        """Average and most common time of one picture; the latter to the millisecond."""
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
            select(pictures, scores.c.evidence, verdicts.c.verdict, query.pile.label("pile"))
            .select_from(query.source(only_scored=only_scored))
            .where(wanted)
            .order_by(*order)
            .limit(limit)
            .offset(skip)
        )
        return [query.make_picture(row) for row in self._connection.execute(statement)]


def _make_row(job_id: str, member: Member) -> dict[str, Any]:
    """A member that is to be scored waits; the others are skipped from the start."""
    return {
        "job_id": job_id,
        "number": member.number,
        "path": member.path,
        "size": member.size,
        "outcome": Outcome.SKIPPED if member.skip else Outcome.WAITING,
        "reason": member.skip,
    }
