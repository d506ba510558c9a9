"""What the runner asks for: whose turn it is, what to do next, where results go."""

from __future__ import annotations

import dataclasses
import logging
import math
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from ml.archive.reader import list_members
from ml.errors import MonaError
from ml.scoring.head import compute_evidence
from ml.scoring.piles import Outcome, Verdict
from ml.scoring.prevalence import estimate_prevalence
from ml.sieve.shard import PictureResult, Shard, shard_size
from ml.targets.catalog import Target
from webapp.errors import no_room
from webapp.records import Job, JobState
from webapp.services import jobs, targets
from webapp.storage import Stores
from webapp.storage.embeddings import write_rows
from webapp.storage.pictures import PictureQuery

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often a runner may die over a job before the job is given up."""


def adopt_orphans(stores: Stores) -> None:
    """Queue again what a runner that died left running; give up what it died of three times.

    To be called by the one runner of the lane, before it takes anything up.
    """
    with stores.writing() as tables:
        for job in tables.jobs.in_state(JobState.RUNNING):
            if job.attempts < ATTEMPTS:
                tables.jobs.save(job.to(JobState.QUEUED))
                continue
            error = (
                f"Given up after {job.attempts} attempts: each time the program was killed or "
                "broke down while this job ran. Pictures that were done are kept."
            )
            jobs.end(tables, job, JobState.FAILED, jobs.FAILED, error=error)


def take_up(stores: Stores) -> list[tuple[Job, Target]]:
    """Set all queued jobs running, each with the target that it looks for.

    A job that was queued for another version of its target than is installed starts anew with
    this one; a job whose target or archive is gone fails.
    """
    with stores.reading() as tables:
        queued = tables.jobs.in_state(JobState.QUEUED)
    taken = []
    for job in queued:
        try:
            taken.append(_take_up(stores, job))
        except (MonaError, OSError) as error:
            if no_room(error):
                raise  # no fault of the job's: it stays in the queue
            fail(stores, job.id, error)
    return taken


def _take_up(stores: Stores, job: Job) -> tuple[Job, Target]:
    target = targets.get(stores, job.target)
    members = None
    if jobs.is_outdated(job, target):
        members = list_members(stores.files.archive(job.id), stores.settings.limits)
    with stores.writing() as tables:
        now = jobs.current(tables, job.id)
        if members is not None:
            now = jobs.reset(stores, tables, now, target, members)
        running = dataclasses.replace(
            now.to(JobState.RUNNING),
            attempts=now.attempts + 1,
            started=now.started or datetime.now(UTC),
        )
        tables.jobs.save(running)
    return running, target


def give_back(stores: Stores) -> None:
    """Queue again what is running: the runner stops on purpose, which is no failed attempt."""
    with stores.writing() as tables:
        for job in tables.jobs.in_state(JobState.RUNNING):
            queued = dataclasses.replace(job.to(JobState.QUEUED), attempts=job.attempts - 1)
            tables.jobs.save(queued)


def still_running(stores: Stores, job_ids: Sequence[str]) -> set[str]:
    """Which of these jobs nobody has cancelled or deleted."""
    with stores.reading() as tables:
        states = tables.jobs.states(job_ids)
    return {job_id for job_id, state in states.items() if state is JobState.RUNNING}


def report_rates(stores: Stores, rates: dict[str, float]) -> None:
    """Note how many pictures a second each running job makes."""
    with stores.writing() as tables:
        for job_id, rate in rates.items():
            tables.jobs.set_rate(job_id, rate)


def next_shard(stores: Stores, job: Job, target: Target, *, after: int) -> Shard | None:
    """The next pictures above number `after` that nobody has scored; None: there are none.

    Raises OSError when the job's folder is gone.
    """
    size = shard_size(job.total - job.skipped, stores.settings.workers)
    with stores.reading() as tables:
        numbers = tables.pictures.waiting(job.id, after=after, limit=size)
    if not numbers:
        return None
    thumbnails = stores.files.thumbnails(job.id)
    thumbnails.mkdir(exist_ok=True)
    return Shard(
        archive=stores.files.archive(job.id),
        numbers=tuple(numbers),
        backbone=target.backbone_folder,
        limits=stores.settings.limits,
        thumbnails=thumbnails,
    )


def store(stores: Stores, job: Job, target: Target, results: Sequence[PictureResult]) -> int:
    """Keep what became of some pictures; returns how many of them were news.

    Embeddings first, then the rows that speak of them, in one transaction; doing it twice changes
    nothing, and nothing is kept for a job that no longer runs. Raises OSError, StorageFull.
    """
    evidence_of = _evidence(target, results)
    settled = [_checked(result, evidence_of.get(result.number)) for result in results]
    scored = [(r.number, r.embeddings) for r in settled if r.embeddings is not None]
    if scored:
        write_rows(stores.files.embeddings(job.id), scored)
    with stores.writing() as tables:
        if tables.jobs.states([job.id]).get(job.id) is not JobState.RUNNING:
            return 0
        values = [evidence_of[r.number] if r.embeddings is not None else None for r in settled]
        news = tables.pictures.settle(job.id, settled, values)
        tables.jobs.count_done(job.id, news)
    return news


def _evidence(target: Target, results: Sequence[PictureResult]) -> dict[int, float]:
    """What the head says of each scored picture, by number."""
    scored = [(r.number, r.embeddings) for r in results if r.embeddings is not None]
    if not scored:
        return {}
    stack = np.stack([embeddings for _, embeddings in scored])  # (n, looks, dim) float16
    found = compute_evidence(target.head, target.card.calibration, stack)  # (n,) float32
    return {number: float(value) for (number, _), value in zip(scored, found, strict=True)}


def _checked(result: PictureResult, value: float | None) -> PictureResult:
    """The result, or unreadable where the network gave no number: NULL is what SQL makes of NaN."""
    if value is None or math.isfinite(value):
        return result
    reason = "the network gave no number for it"
    return dataclasses.replace(result, outcome=Outcome.UNREADABLE, reason=reason, embeddings=None)


def waits(stores: Stores, job: Job) -> bool:
    """Whether any picture of the job has no outcome yet."""
    with stores.reading() as tables:
        return bool(tables.pictures.waiting(job.id, after=-1, limit=1))


def decide_share(stores: Stores, job: Job, target: Target, *, ended: bool) -> None:
    """Estimate how much of the target is in the archive, from what is scored so far.

    From the evidence of these pictures and from what the user said of them before; the job's
    probabilities follow. Where the scores of all pictures (`ended`) cannot tell, the job's note
    says so.
    """
    query = PictureQuery.of(job)
    with stores.reading() as tables:
        scores = np.fromiter(
            tables.pictures.evidence(query, without_verdict=True), np.float32
        )  # (n,)
        said = [
            verdict is Verdict.IS for _, verdict in tables.pictures.verdicts_with_evidence(query)
        ]
    prevalence = estimate_prevalence(scores, prior=target.card.prevalence, verdicts=said)
    note = None
    if ended and not prevalence.is_known and (len(scores) or said):
        note = (
            f"Too few pictures score high enough to say how much of {job.target_title} is in "
            "this archive, if any: look at those nearest to the border."
        )
    with stores.writing() as tables:
        found = tables.jobs.get(job.id)
        if found is not None and found.state is JobState.RUNNING:
            tables.jobs.save(dataclasses.replace(found, prevalence=prevalence.value, note=note))


def finish(stores: Stores, job: Job, *, note: str | None) -> None:
    """The job has succeeded; `note` is what else its user should know. Silent if it is gone."""
    now = datetime.now(UTC)
    with stores.writing() as tables:
        found = tables.jobs.get(job.id)
        if found is None or found.state is not JobState.RUNNING:
            return
        seconds = (now - found.started).total_seconds() if found.started else 0.0
        rate = (found.total - found.skipped) / seconds if seconds else None
        notes = " ".join(part for part in (found.note, note) if part) or None
        done = found.to(JobState.SUCCEEDED)
        tables.jobs.save(dataclasses.replace(done, rate=rate, note=notes, finished=now))


def fail(stores: Stores, job_id: str, error: Exception) -> None:
    """The job cannot go on; its user is told why. Silent if it is gone or over."""
    with stores.writing() as tables:
        job = tables.jobs.get(job_id)
        if job is None or job.state not in (JobState.QUEUED, JobState.RUNNING):
            return
        jobs.end(tables, job, JobState.FAILED, jobs.FAILED, error=_sentence(error))
    expected = isinstance(error, MonaError | OSError)
    log.error("job %s failed: %s", job_id, error, exc_info=None if expected else error)


def _sentence(error: Exception) -> str:
    if isinstance(error, MonaError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return f"A file that this job needs is gone: {error.filename}."
    if isinstance(error, OSError):
        return f"The disk refused: {error.strerror} ({error.filename})."
    return f"This is a bug of the program ({type(error).__name__}: {error}); the log says more."
