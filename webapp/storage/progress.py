"""The SQL that counts a job's pictures from indexes alone, for pages that ask often."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, FromClause, Integer, case, cast, func, select

from ml.scoring.piles import Outcome, Pile, Verdict
from webapp.records import Job
from webapp.storage.picture_query import PictureQuery
from webapp.storage.tables import pictures, scores, verdicts

_PILES = {Verdict.IS: Pile.KEPT, Verdict.IS_NOT: Pile.REJECTED}


class ProgressRows:
    """The piles of a job, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count_piles(self, query: PictureQuery) -> dict[Pile, int]:
        """Count the pictures of each pile. Waiting pictures are in none."""
        counts = self._count_scored(query) | self._count_unscored(query)
        for (before, verdict), count in self._count_verdicts(query).items():
            counts[before] -= count
            counts[_PILES[verdict]] += count
        return {pile: counts[pile] for pile in Pile}

    def count_with_verdict(self, query: PictureQuery) -> dict[Pile, int]:
        """Count the pictures of each pile that have a verdict."""
        counts = dict.fromkeys(Pile, 0)
        for (_, verdict), count in self._count_verdicts(query).items():
            counts[_PILES[verdict]] += count
        return counts

    def count_copies(self, job_id: str) -> int:
        """Count the pictures that have the same bytes as an earlier one."""
        different = func.count(pictures.c.sha256) - func.count(func.distinct(pictures.c.sha256))
        statement = select(different).where(pictures.c.job_id == job_id)
        return self._connection.scalar(statement) or 0

    def list_newest_kept(self, query: PictureQuery, limit: int) -> list[int]:
        """Numbers of the last kept pictures in archive order, the last one first."""
        statement = (
            select(scores.c.number)
            .select_from(query.join_tables(only_scored=True))
            .where(query.in_pile(Pile.KEPT))
            .order_by(scores.c.number.desc())
        )
        return list(self._connection.scalars(statement.limit(limit)))

    def count_by_evidence(
        self, query: PictureQuery, *, low: float, width: float, bars: int
    ) -> list[int]:
        """Count the scored pictures in stretches of evidence, `width` each, from `low` on.

        What lies beyond either end is counted in the stretch there.
        """
        stretch = cast((scores.c.evidence - low) / width, Integer)
        inside = func.max(0, func.min(stretch, bars - 1))
        statement = select(inside, func.count()).select_from(scores).where(query.scored)
        counts = [0] * bars
        for number, count in self._connection.execute(statement.group_by(inside)):
            counts[number] = count
        return counts

    def _count_scored(self, query: PictureQuery) -> dict[Pile, int]:
        borders = query.borders
        kept = func.count().filter(scores.c.evidence >= borders.kept)
        shown = func.count().filter(scores.c.evidence >= min(borders.kept, borders.unsure))
        statement = select(kept, shown, func.count()).select_from(scores).where(query.scored)
        above, not_rejected, scored = self._connection.execute(statement).one()
        return {
            Pile.KEPT: above,
            Pile.UNSURE: not_rejected - above,
            Pile.REJECTED: scored - not_rejected,
        }

    def _count_verdicts(self, query: PictureQuery) -> dict[tuple[Pile, Verdict], int]:
        """Count the scored pictures with a verdict by the pile that they would be in without it."""
        borders = query.borders
        pile = case(
            (scores.c.evidence >= borders.kept, Pile.KEPT),
            (scores.c.evidence >= borders.unsure, Pile.UNSURE),
            else_=Pile.REJECTED,
        )
        by_pile = select(pile, verdicts.c.verdict, func.count(scores.c.number))
        if self._has_fewer_verdicts(query.job):
            statement = by_pile.select_from(_begin_with_verdicts(query.job))
        else:
            statement = by_pile.select_from(query.join_tables()).where(query.in_job)
        rows = self._connection.execute(
            statement.where(_is_of(query.job)).group_by(pile, verdicts.c.verdict)
        )
        return {(Pile(before), Verdict(name)): count for before, name, count in rows}

    def _has_fewer_verdicts(self, job: Job) -> bool:
        """Whether the target has fewer verdicts than the job has files."""
        some = select(verdicts.c.sha256).where(_is_of(job)).limit(job.total).subquery()
        count = self._connection.scalar(select(func.count()).select_from(some)) or 0
        return count < job.total

    def _count_unscored(self, query: PictureQuery) -> dict[Pile, int]:
        unscored = (Outcome.UNREADABLE, Outcome.SKIPPED, Outcome.NOT_SCORED)
        statement = (
            select(pictures.c.outcome, func.count())
            .where(query.in_job, pictures.c.outcome.in_(unscored))
            .group_by(pictures.c.outcome)
        )
        counts = {Outcome(name): n for name, n in self._connection.execute(statement)}
        return {
            Pile.UNREADABLE: counts.get(Outcome.UNREADABLE, 0),
            Pile.SKIPPED: counts.get(Outcome.SKIPPED, 0) + counts.get(Outcome.NOT_SCORED, 0),
        }


def _is_of(job: Job) -> ColumnElement[bool]:
    """The condition that a verdict is the user's on the job's target."""
    return (verdicts.c.user_id == job.user_id) & (verdicts.c.target == job.target)


def _begin_with_verdicts(job: Job) -> FromClause:
    """Join all verdicts with the job's pictures and scores.

    Outer joins keep SQLite from beginning with the scores: there may be 100,000 for ten verdicts.
    """
    has_content = (pictures.c.job_id == job.id) & (pictures.c.sha256 == verdicts.c.sha256)
    is_scored = (
        (scores.c.job_id == pictures.c.job_id)
        & (scores.c.number == pictures.c.number)
        & (scores.c.target == job.target)
    )
    return verdicts.outerjoin(pictures, has_content).outerjoin(scores, is_scored)
