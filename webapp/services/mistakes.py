"""Estimate what each confidence does to a job: pictures wrongly kept, pictures left behind.

The estimates come from the archive's curves, which the user's verdicts correct.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from ml.scoring.archive_curve import END, Curves, fit_curves
from ml.scoring.mistakes import Estimates, estimate_mistakes
from ml.scoring.piles import compute_evidence_at
from ml.scoring.review_queue import count_worth_a_look
from webapp.records import Job
from webapp.services.jobs import require_job
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery

_VAGUE = 10  # an upper limit so many times the lower one says little

_CURVE_STEP = 0.1  # of evidence; a bar of the page's plot is 0.19 wide

STEPS = 1_400
"""Confidences for which mistakes are estimated: evenly over log-odds, because scores near 1 differ
by far less than a thousandth. The first is 0 and the last is 1."""
STEPS_END = 14.0
"""Log-odds at which the last step would lie; the first one at its negative."""


@dataclasses.dataclass(frozen=True, slots=True)
class Misses:
    """Pictures of the target that are not kept at the job's confidence."""

    to_look_at: int
    """Pictures to look at, from the border down, to find nearly all; 0: nearly all are found."""
    found: int
    """What the user has found of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class JobMistakes:
    """Estimates at each step of the slider, and how far to trust them."""

    wrong: Estimates
    left_behind: Estimates
    curve: NDArray[np.float64]
    """How many of the pictures show the target, 0..1, at even steps of evidence from -END to END of
    `ml.scoring.archive_curve`. Added up, they are about the medians of the estimates."""
    misses: Misses
    verdicts: int
    """Pictures of the job that have a verdict."""
    caution: str | None
    """Why the estimates say little, as a sentence."""


def read_mistakes(stores: Stores, job_id: str) -> JobMistakes:
    """Estimate the mistakes at all steps. A verdict is no mistake. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        archive = _ArchiveEvidence.read(tables, job)
    steps = np.linspace(-STEPS_END, STEPS_END, STEPS + 1)
    thresholds = steps + compute_evidence_at(0.5, job.prevalence)
    thresholds[[0, -1]] = [compute_evidence_at(end, job.prevalence) for end in (0, 1)]
    mistakes = estimate_mistakes(archive.evidence, thresholds, archive.curves)
    return JobMistakes(
        wrong=mistakes.wrong,
        left_behind=mistakes.left_behind,
        curve=archive.compute_curve(),
        misses=archive.count_misses(),
        verdicts=len(archive.answers),
        caution=_describe_doubt(job, mistakes.left_behind, verdicts=len(archive.answers)),
    )


def find_step(confidence: float) -> int:
    """Return the step nearest to a confidence."""
    log_odds = min(max(compute_evidence_at(confidence, 0.5), -STEPS_END), STEPS_END)
    return round((log_odds / STEPS_END + 1) / 2 * STEPS)


def read_misses(tables: Tables, job: Job) -> Misses:
    """Return how many pictures to look at, within a transaction."""
    return _ArchiveEvidence.read(tables, job).count_misses()


@dataclasses.dataclass(frozen=True, slots=True)
class _ArchiveEvidence:
    """The scored pictures of a job, and the curves that they may have."""

    evidence: NDArray[np.float32]  # without a verdict
    verdict_evidence: NDArray[np.float32]
    answers: NDArray[np.bool_]
    curves: Curves
    border: np.float64  # of the kept pictures, as evidence

    @classmethod
    def read(cls, tables: Tables, job: Job) -> _ArchiveEvidence:
        query = PictureQuery.of(job)
        evidence, verdict_evidence, answers = tables.pictures.read_evidence(query)
        curves = fit_curves(
            evidence,
            prior=job.prevalence,
            verdict_evidence=verdict_evidence,
            answers=answers,
            is_unlike=job.is_unlike,
        )
        border = np.float64(query.borders.kept)  # else NumPy would round it to 32 bits
        return cls(evidence, verdict_evidence, answers, curves, border)

    def compute_curve(self) -> NDArray[np.float64]:
        """Return `JobMistakes.curve`: at each evidence the median of the curves.

        Most curves rise and fall together, so the sum of medians is near the median of sums. A few
        high curves make the mean several times as large.
        """
        evidence = np.linspace(-END, END, round(2 * END / _CURVE_STEP) + 1)
        return np.asarray(np.median(self.curves.predict(evidence), axis=0))

    def count_misses(self) -> Misses:
        rest = self.evidence[self.evidence < self.border]
        below = self.verdict_evidence < self.border
        to_look_at = count_worth_a_look(
            rest,
            self.curves,
            verdict_evidence=self.verdict_evidence[below],
            answers=self.answers[below],
        )
        return Misses(to_look_at, found=int(self.answers[below].sum()))


def _describe_doubt(job: Job, left_behind: Estimates, *, verdicts: int) -> str | None:
    step = find_step(job.threshold)
    low, high = left_behind.low[step], left_behind.high[step]
    if high - low <= _VAGUE * max(low, 1):
        return None
    if not verdicts:
        return "A rough guess: you haven't answered yet."
    if not job.is_prevalence_known:
        return f"A rough guess: few pictures look like {job.target_title}."
    return "A rough guess. Answers near the border make it better."
