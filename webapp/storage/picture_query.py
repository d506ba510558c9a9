"""Select pictures, and compute a picture's pile in SQL."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_, case, null, true

from ml.scoring.piles import Outcome, Pile, Thresholds, Verdict, compute_probability
from webapp.records import Job, Picture
from webapp.storage.tables import pictures, scores, verdicts


class Shown(StrEnum):
    """Which pictures of a pile are shown."""

    REVIEW = "review"  # those without a verdict
    VERDICT = "verdict"  # those with one
    ALL = "all"


@dataclasses.dataclass(frozen=True, slots=True)
class PictureQuery:
    """Selects pictures of one job, for the target it shows and with given thresholds."""

    job: Job
    borders: Thresholds
    """The thresholds as evidence (natural log)."""

    @classmethod
    def of(cls, job: Job, confidence: float | None = None) -> PictureQuery:
        """Use the job's thresholds, or another confidence (0..1)."""
        thresholds = job.thresholds
        if confidence is not None:
            thresholds = Thresholds.with_band(confidence, job.unsure_threshold)
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

    def join_tables(self, *, only_scored: bool = False) -> FromClause:
        """Join pictures with their score for the job's target and the user's verdict.

        Args:
            only_scored: leave out pictures without a score, so that the scores' index is used.
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
        """The condition that a picture belongs to the job."""
        return pictures.c.job_id == self.job.id

    @property
    def scored(self) -> ColumnElement[bool]:
        """The condition that a score belongs to job and target; the scores' index answers it."""
        return (scores.c.job_id == self.job.id) & (scores.c.target == self.job.target)

    def in_pile(self, pile: Pile) -> ColumnElement[bool]:
        """The condition that a picture is in a pile. Its first part can use an index."""
        if pile is Pile.UNREADABLE:
            return self.in_job & (pictures.c.outcome == Outcome.UNREADABLE)
        if pile is Pile.SKIPPED:
            return self.in_job & pictures.c.outcome.in_((Outcome.SKIPPED, Outcome.NOT_SCORED))
        scored = self.scored
        if pile is Pile.UNSURE:
            scored &= scores.c.evidence.between(self.borders.unsure, self.borders.kept)
        return scored & (self.pile == pile)

    def is_shown(self, shown: Shown) -> ColumnElement[bool]:
        """The condition that a filter shows a picture."""
        if shown is Shown.ALL:
            return true()
        has_verdict = verdicts.c.verdict.is_not(None)
        return has_verdict if shown is Shown.VERDICT else ~has_verdict

    def make_picture(self, row: Row[Any]) -> Picture:
        """Turn a row of `Pictures._read` into a record."""
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
            verdict_from=None if row.verdict_job_id == self.job.id else row.verdict_job_name,
            reason=row.reason,
            width=row.width,
            height=row.height,
            seconds=row.seconds,
            sha256=row.sha256,
        )
