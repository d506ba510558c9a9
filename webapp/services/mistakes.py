"""Estimate what each confidence does to a job: pictures wrongly kept, pictures left behind."""

from __future__ import annotations

import dataclasses

import numpy as np

from ml.scoring.mistakes import Estimates, estimate_mistakes
from ml.scoring.piles import compute_evidence_at
from webapp.records import Job
from webapp.services.jobs import require_job
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery

_VAGUE = 10  # an upper limit so many times the lower one says little

STEPS = 1_000
"""Confidences for which mistakes are estimated, from 0 to 1."""


@dataclasses.dataclass(frozen=True, slots=True)
class JobMistakes:
    """Estimates at each step of the slider, and how far to trust them."""

    wrong: Estimates
    left_behind: Estimates
    verdicts: int
    """Pictures of the job that have a verdict."""
    caution: str | None
    """Why the estimates say little, as a sentence."""


def read_mistakes(stores: Stores, job_id: str) -> JobMistakes:
    """Estimate the mistakes at the confidences i/1000. A verdict is no mistake. Raises NotFound."""
    with stores.reading() as tables:
        job = require_job(tables, job_id)
        evidence, verdict_evidence, answers = tables.pictures.read_evidence(PictureQuery.of(job))
    steps = [compute_evidence_at(i / STEPS, job.prevalence) for i in range(STEPS + 1)]
    mistakes = estimate_mistakes(
        evidence,
        np.array(steps),
        prior=job.prevalence,
        verdict_evidence=verdict_evidence,
        answers=answers,
    )
    return JobMistakes(
        wrong=mistakes.wrong,
        left_behind=mistakes.left_behind,
        verdicts=len(verdict_evidence),
        caution=_describe_doubt(job, mistakes.left_behind, verdicts=len(verdict_evidence)),
    )


def _describe_doubt(job: Job, left_behind: Estimates, *, verdicts: int) -> str | None:
    step = round(job.threshold * STEPS)
    low, high = left_behind.low[step], left_behind.high[step]
    if high - low <= _VAGUE * max(low, 1):
        return None
    if not verdicts:
        return (
            "This is a rough guess, because you haven't answered yet. "
            "A few dozen answers near the border make it better."
        )
    if not job.is_prevalence_known:
        return f"This is a rough guess, because few pictures look like {job.target_title}."
    return "This is a rough guess. More answers near the border make it better."
