"""The SQL about pictures, with the one expression that says in which pile a picture is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
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
from webapp.storage.tables import pictures, verdicts

INSERT_ROWS = 5_000
"""Rows handed to SQLite at once, so that 100,000 members need no more memory than these."""


@dataclasses.dataclass(frozen=True, slots=True)
class PictureQuery:
    """Which pictures are read: of one job, with whose verdicts, with which borders of the piles."""

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
            (pictures.c.evidence >= self.borders.kept, Pile.KEPT),
            (pictures.c.evidence >= self.borders.unsure, Pile.UNSURE),
            else_=Pile.REJECTED,
        )

    @property
    def with_verdicts(self) -> FromClause:
        """Pictures of all jobs, each beside what the user said of it for this target."""
        applies = and_(self.verdict_applies, verdicts.c.sha256 == pictures.c.sha256)
        return pictures.outerjoin(verdicts, applies)

    @property
    def verdict_applies(self) -> ColumnElement[bool]:
        """Which verdicts count."""
        job = self.job
        return (verdicts.c.user_id == job.user_id) & (verdicts.c.target == job.target)

    @property
    def in_job(self) -> ColumnElement[bool]:
        """Which pictures are meant."""
        return pictures.c.job_id == self.job.id

    def in_pile(self, pile: Pile) -> ColumnElement[bool]:
        """The pictures of one pile; the first half of the test lets an index answer it."""
        if pile is Pile.UNREADABLE:
            return self.in_job & (pictures.c.outcome == Outcome.UNREADABLE)
        if pile is Pile.SKIPPED:
            return self.in_job & pictures.c.outcome.in_((Outcome.SKIPPED, Outcome.NOT_SCORED))
        scored = pictures.c.evidence.is_not(None)
        if pile is Pile.UNSURE:
            scored = pictures.c.evidence.between(self.borders.unsure, self.borders.kept)
        return self.in_job & scored & (self.pile == pile)

    def picture(self, row: Row[Any]) -> Picture:
        """A row of `_COLUMNS` and the pile, as a record."""
        scored = row.evidence is not None
        return Picture(
            job_id=row.job_id,
            number=row.number,
            path=row.path,
            size=row.size,
            outcome=Outcome(row.outcome),
            pile=Pile(row.pile) if row.pile else None,
            probability=compute_probability(row.evidence, self.job.prevalence) if scored else None,
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
        """Work in the transaction of this connection."""
        self._connection = connection

    def add(self, job_id: str, members: Iterable[Member]) -> None:
        """Insert a row for every member of a job's archive."""
        rows = (_row(job_id, member) for member in members)
        while some := list(islice(rows, INSERT_ROWS)):
            self._connection.execute(insert(pictures), some)

    def remove_all(self, job_id: str) -> None:
        """Delete a job's rows, to list its archive anew."""
        self._connection.execute(delete(pictures).where(pictures.c.job_id == job_id))

    def waiting(self, job_id: str, *, after: int, limit: int) -> list[int]:
        """Numbers above `after` that nobody has scored yet, in archive order."""
        query = (
            select(pictures.c.number)
            .where(pictures.c.job_id == job_id, pictures.c.outcome == Outcome.WAITING)
            .where(pictures.c.number > after)
            .order_by(pictures.c.number)
            .limit(limit)
        )
        return list(self._connection.scalars(query))

    def settle(
        self, job_id: str, results: Sequence[PictureResult], evidence: Sequence[float | None]
    ) -> int:
        """Write what became of some pictures; returns how many of them were still waiting.

        A picture that has its outcome keeps it: a shard may run twice.
        """
        settled = [
            {
                "this": result.number,
                "outcome": result.outcome,
                "reason": result.reason,
                "evidence": value,
                "width": result.width,
                "height": result.height,
                "seconds": result.seconds,
                "sha256": result.sha256,
            }
            for result, value in zip(results, evidence, strict=True)
        ]
        statement = (
            update(pictures)
            .where(pictures.c.job_id == job_id, pictures.c.number == bindparam("this"))
            .where(pictures.c.outcome == Outcome.WAITING)
        )
        return self._connection.execute(statement, settled).rowcount

    def wait_again(self, job_id: str) -> int:
        """Undo `skip_waiting`; returns how many pictures wait again."""
        not_scored = (pictures.c.job_id == job_id) & (pictures.c.outcome == Outcome.NOT_SCORED)
        return self._connection.execute(
            update(pictures).where(not_scored).values(outcome=Outcome.WAITING, reason=None)
        ).rowcount

    def skip_waiting(self, job_id: str, reason: str) -> int:
        """Skip what nobody will look at any more; returns how many these were."""
        waits = (pictures.c.job_id == job_id) & (pictures.c.outcome == Outcome.WAITING)
        return self._connection.execute(
            update(pictures).where(waits).values(outcome=Outcome.NOT_SCORED, reason=reason)
        ).rowcount

    def get(self, view: PictureQuery, number: int) -> Picture | None:
        """One picture."""
        rows = self._read(view, view.in_job & (pictures.c.number == number), limit=1)
        return rows[0] if rows else None

    def page(
        self, view: PictureQuery, pile: Pile | None, *, after: int, limit: int
    ) -> list[Picture]:
        """Pictures of a pile, or all, in archive order, from the one after number `after`."""
        wanted = view.in_pile(pile) if pile else view.in_job
        return self._read(view, wanted & (pictures.c.number > after), limit=limit)

    def gallery(self, view: PictureQuery, pile: Pile, *, skip: int, limit: int) -> list[Picture]:
        """Pictures of a pile, those nearest to the border first, without the first `skip`."""
        falling = (pictures.c.evidence.desc(), pictures.c.number.desc())
        order = {
            Pile.KEPT: (pictures.c.evidence, pictures.c.number),
            Pile.UNSURE: falling,
            Pile.REJECTED: falling,
        }.get(pile, (pictures.c.number,))
        return self._read(view, view.in_pile(pile), order=order, limit=limit, skip=skip)

    def numbers(self, view: PictureQuery, pile: Pile) -> list[int]:
        """Numbers of all pictures of a pile, in archive order."""
        query = select(pictures.c.number).select_from(view.with_verdicts).where(view.in_pile(pile))
        return list(self._connection.scalars(query.order_by(pictures.c.number)))

    def counts(self, view: PictureQuery) -> dict[Pile, int]:
        """How many pictures each pile has; those that wait are in none."""
        pile = view.pile.label("pile")
        query = (
            select(pile, func.count())
            .select_from(view.with_verdicts)
            .where(view.in_job)
            .group_by(pile)
        )
        found = {Pile(name): n for name, n in self._connection.execute(query) if name}
        return {each: found.get(each, 0) for each in Pile}

    def kept(self, view: PictureQuery) -> int:
        """How many pictures are kept, cheaply: an index counts, then the verdicts are put right."""
        above = pictures.c.evidence >= view.borders.kept
        count = select(func.count()).select_from(pictures).where(view.in_job, above)
        total = self._connection.scalar(count) or 0
        for value, verdict in self.verdicts_with_evidence(view):
            total += (verdict is Verdict.IS) - (value >= view.borders.kept)
        return total

    def evidence(self, view: PictureQuery, *, without_verdict: bool = False) -> Iterator[float]:
        """Evidence of all scored pictures, or of those the user said nothing of; rising."""
        query = select(pictures.c.evidence).where(view.in_job, pictures.c.evidence.is_not(None))
        if without_verdict:
            query = query.select_from(view.with_verdicts).where(verdicts.c.verdict.is_(None))
        return iter(self._connection.scalars(query.order_by(pictures.c.evidence)))

    def verdicts_with_evidence(self, view: PictureQuery) -> list[tuple[float, Verdict]]:
        """Evidence and verdict of every scored picture that has one."""
        query = (
            select(pictures.c.evidence, verdicts.c.verdict)
            .join_from(verdicts, pictures, verdicts.c.sha256 == pictures.c.sha256)
            .where(view.in_job, view.verdict_applies, pictures.c.evidence.is_not(None))
        )
        return [(value, Verdict(said)) for value, said in self._connection.execute(query)]

    def seconds(self, job_id: str) -> tuple[float | None, float | None]:
        """Average and most common time of one picture; the latter to the millisecond."""
        measured = (pictures.c.job_id == job_id) & pictures.c.evidence.is_not(None)
        average = self._connection.scalar(select(func.avg(pictures.c.seconds)).where(measured))
        rounded = func.round(pictures.c.seconds, 3)
        common = self._connection.scalar(
            select(rounded)
            .where(measured)
            .group_by(rounded)
            .order_by(func.count().desc(), rounded)
            .limit(1)
        )
        return average, common

    def _read(
        self,
        view: PictureQuery,
        wanted: ColumnElement[bool],
        *,
        limit: int,
        order: Sequence[ColumnElement[Any]] = (pictures.c.number,),
        skip: int = 0,
    ) -> list[Picture]:
        query = (
            select(pictures, verdicts.c.verdict, view.pile.label("pile"))
            .select_from(view.with_verdicts)
            .where(wanted)
            .order_by(*order)
            .limit(limit)
            .offset(skip)
        )
        return [view.picture(row) for row in self._connection.execute(query)]


def _row(job_id: str, member: Member) -> dict[str, Any]:
    """A member that is to be scored waits; the others are skipped from the start."""
    return {
        "job_id": job_id,
        "number": member.number,
        "path": member.path,
        "size": member.size,
        "outcome": Outcome.SKIPPED if member.skip else Outcome.WAITING,
        "reason": member.skip,
    }
