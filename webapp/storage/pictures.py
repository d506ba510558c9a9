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
from ml.scoring.piles import Outcome, Pile, Verdict, probability_of
from ml.sieve.shard import PictureResult
from webapp.records import Job, Picture
from webapp.storage.tables import pictures, verdicts

INSERT_ROWS = 5_000
"""Rows handed to SQLite at once, so that 100,000 members need no more memory than these."""


@dataclasses.dataclass(frozen=True, slots=True)
class Lens:
    """How a job's pictures are looked at: whose verdicts count, and where the piles part."""

    job: Job
    keep: float
    """Evidence, natural log, from which a picture is kept."""
    unsure: float
    """Evidence from which it is unsure."""

    @property
    def pile(self) -> ColumnElement[Any]:
        """`ml.scoring.piles.pile_of` as SQL: NULL while the picture waits."""
        return case(
            (pictures.c.outcome == Outcome.WAITING, null()),
            (pictures.c.outcome != Outcome.SCORED, pictures.c.outcome),
            (verdicts.c.verdict == Verdict.IS, Pile.KEPT),
            (verdicts.c.verdict == Verdict.IS_NOT, Pile.REJECTED),
            (pictures.c.evidence >= self.keep, Pile.KEPT),
            (pictures.c.evidence >= self.unsure, Pile.UNSURE),
            else_=Pile.REJECTED,
        )

    @property
    def judged(self) -> FromClause:
        """Pictures of all jobs, each beside what the user said of it for this target."""
        said = and_(self.said, verdicts.c.sha256 == pictures.c.sha256)
        return pictures.outerjoin(verdicts, said)

    @property
    def said(self) -> ColumnElement[bool]:
        """Which verdicts count."""
        job = self.job
        return (verdicts.c.user_id == job.user_id) & (verdicts.c.target == job.target)

    @property
    def here(self) -> ColumnElement[bool]:
        """Which pictures are meant."""
        return pictures.c.job_id == self.job.id

    def in_pile(self, pile: Pile) -> ColumnElement[bool]:
        """The pictures of one pile; the first half of the test lets an index answer it."""
        if pile in (Pile.UNREADABLE, Pile.SKIPPED):
            return self.here & (pictures.c.outcome == Outcome(pile.value))
        scored = pictures.c.evidence.is_not(None)
        if pile is Pile.UNSURE:
            scored = pictures.c.evidence.between(self.unsure, self.keep)
        return self.here & scored & (self.pile == pile)

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
            probability=probability_of(row.evidence, self.job.share) if scored else None,
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

    def wait_again(self, job_id: str, reasons: Sequence[str]) -> int:
        """Undo `skip_waiting` for these reasons; returns how many wait again."""
        given_up = (pictures.c.job_id == job_id) & (pictures.c.outcome == Outcome.SKIPPED)
        return self._connection.execute(
            update(pictures)
            .where(given_up, pictures.c.reason.in_(reasons))
            .values(outcome=Outcome.WAITING, reason=None)
        ).rowcount

    def skip_waiting(self, job_id: str, reason: str) -> int:
        """Skip what nobody will look at any more; returns how many these were."""
        waits = (pictures.c.job_id == job_id) & (pictures.c.outcome == Outcome.WAITING)
        return self._connection.execute(
            update(pictures).where(waits).values(outcome=Outcome.SKIPPED, reason=reason)
        ).rowcount

    def get(self, lens: Lens, number: int) -> Picture | None:
        """One picture."""
        rows = self._read(lens, lens.here & (pictures.c.number == number), limit=1)
        return rows[0] if rows else None

    def page(self, lens: Lens, pile: Pile | None, *, after: int, limit: int) -> list[Picture]:
        """Pictures of a pile, or all, in archive order, from the one after number `after`."""
        wanted = lens.in_pile(pile) if pile else lens.here
        return self._read(lens, wanted & (pictures.c.number > after), limit=limit)

    def gallery(self, lens: Lens, pile: Pile, *, skip: int, limit: int) -> list[Picture]:
        """Pictures of a pile, those nearest to the border first, without the first `skip`."""
        falling = (pictures.c.evidence.desc(), pictures.c.number.desc())
        order = {
            Pile.KEPT: (pictures.c.evidence, pictures.c.number),
            Pile.UNSURE: falling,
            Pile.REJECTED: falling,
        }.get(pile, (pictures.c.number,))
        return self._read(lens, lens.in_pile(pile), order=order, limit=limit, skip=skip)

    def numbers(self, lens: Lens, pile: Pile) -> list[int]:
        """Numbers of all pictures of a pile, in archive order."""
        query = select(pictures.c.number).select_from(lens.judged).where(lens.in_pile(pile))
        return list(self._connection.scalars(query.order_by(pictures.c.number)))

    def counts(self, lens: Lens) -> dict[Pile, int]:
        """How many pictures each pile has; those that wait are in none."""
        pile = lens.pile.label("pile")
        query = select(pile, func.count()).select_from(lens.judged).where(lens.here).group_by(pile)
        found = {Pile(name): n for name, n in self._connection.execute(query) if name}
        return {each: found.get(each, 0) for each in Pile}

    def kept(self, lens: Lens) -> int:
        """How many pictures are kept, cheaply: an index counts, then the verdicts are put right."""
        above = pictures.c.evidence >= lens.keep
        count = select(func.count()).select_from(pictures).where(lens.here, above)
        total = self._connection.scalar(count) or 0
        for value, verdict in self.judgements(lens):
            total += (verdict is Verdict.IS) - (value >= lens.keep)
        return total

    def evidence(self, lens: Lens, *, unsaid: bool = False) -> Iterator[float]:
        """Evidence of all scored pictures, or of those the user said nothing of; rising."""
        query = select(pictures.c.evidence).where(lens.here, pictures.c.evidence.is_not(None))
        if unsaid:
            query = query.select_from(lens.judged).where(verdicts.c.verdict.is_(None))
        return iter(self._connection.scalars(query.order_by(pictures.c.evidence)))

    def judgements(self, lens: Lens) -> list[tuple[float, Verdict]]:
        """Evidence and verdict of every scored picture that has one."""
        query = (
            select(pictures.c.evidence, verdicts.c.verdict)
            .join_from(verdicts, pictures, verdicts.c.sha256 == pictures.c.sha256)
            .where(lens.here, lens.said, pictures.c.evidence.is_not(None))
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
        lens: Lens,
        wanted: ColumnElement[bool],
        *,
        limit: int,
        order: Sequence[ColumnElement[Any]] = (pictures.c.number,),
        skip: int = 0,
    ) -> list[Picture]:
        query = (
            select(pictures, verdicts.c.verdict, lens.pile.label("pile"))
            .select_from(lens.judged)
            .where(wanted)
            .order_by(*order)
            .limit(limit)
            .offset(skip)
        )
        return [lens.picture(row) for row in self._connection.execute(query)]


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
