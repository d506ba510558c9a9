"""What a user sees of jobs and does with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime

from ml.archive.reader import Member, list_members
from ml.errors import ArchiveError
from ml.scoring.piles import Pile
from ml.targets.catalog import Target
from webapp.errors import IllegalTransition, NotFound
from webapp.records import LOCAL_USER, Job, JobState, Progress, Summary
from webapp.services import pictures as archives
from webapp.services import targets
from webapp.storage import Stores, Tables
from webapp.storage.pictures import PictureQuery

CANCELLED = "not scored: the job was stopped"
FAILED = "not scored: the job failed"
LEAST_FREE_BYTES = 2 * 1024**2
"""With less room than a shard's thumbnails need, scoring stands still or soon will."""


def recent(stores: Stores, limit: int = 20) -> list[Job]:
    """The user's last jobs, the newest first."""
    with stores.reading() as tables:
        return tables.jobs.recent(LOCAL_USER, limit)


def get(stores: Stores, job_id: str) -> Job:
    """The user's job of this id. Raises NotFound."""
    with stores.reading() as tables:
        return current(tables, job_id)


def current(tables: Tables, job_id: str) -> Job:
    """The job as this transaction sees it. Raises NotFound, also for another user's."""
    job = tables.jobs.get(job_id)
    if job is None or job.user_id != LOCAL_USER:
        raise NotFound(f"There is no job {job_id!r}; it may have been deleted.")
    return job


def start(stores: Stores, job: Job) -> Job:
    """Queue a job that waits for Start. Raises IllegalTransition, NotFound."""
    with stores.writing() as tables:
        now = current(tables, job.id)
        if now.state is not JobState.WAITING:
            raise IllegalTransition(f"“{now.name}” no longer waits for its start.")
        queued = now.to(JobState.QUEUED)
        tables.jobs.save(queued)
    return queued


def cancel(stores: Stores, job: Job) -> Job:
    """End a job where it is; what was scored stays. Raises IllegalTransition, NotFound."""
    with stores.writing() as tables:
        now = current(tables, job.id)
        if now.state.over:
            raise IllegalTransition(f"“{now.name}” is over: there is nothing left to cancel.")
        return end(tables, now, JobState.CANCELLED, CANCELLED)


def end(tables: Tables, job: Job, state: JobState, reason: str, *, error: str | None = None) -> Job:
    """End a job before its end: every picture that waits is skipped with the reason.

    So each member is in a pile, and the counts add up, whatever happened.
    """
    ended = dataclasses.replace(job.to(state), error=error, finished=datetime.now(UTC))
    left = tables.pictures.skip_waiting(job.id, reason)
    ended = dataclasses.replace(ended, done=job.done + left, rate=None)
    tables.jobs.save(ended)
    return ended


def delete(stores: Stores, job: Job) -> None:
    """Remove a job with all it has, in whatever state; the user's verdicts stay.

    Raises NotFound. A runner at work on it notices within a second. Files go first: on a full
    disk rows can only be removed once there is room. When they could not, StorageFull is raised
    and the job, without its archive by then, can be deleted again.
    """
    get(stores, job.id)
    stores.files.remove_job(job.id)
    archives.close_unused()
    with stores.writing() as tables:
        tables.jobs.remove(job.id)


def needs_rescore(stores: Stores, job: Job) -> bool:
    """Whether the installed target is another than the job was scored with.

    Raises NotFound or ArtifactError where there is no such target any more.
    """
    return is_outdated(job, targets.get(stores, job.target))


def is_outdated(job: Job, target: Target) -> bool:
    """Whether the job's scores come from another version of the target, or another backbone."""
    installed = (target.card.version, target.backbone.model_sha256)
    return (job.target_version, job.backbone_sha256) != installed


def rescore(stores: Stores, job: Job) -> Job:
    """Queue a job that is over once more, with the target as it is installed now.

    One that was cancelled or failed goes on where it stopped, unless the target has changed since;
    otherwise every picture is scored again from the archive.
    Raises ArchiveError when the archive is gone, IllegalTransition while the job is not over,
    NotFound or ArtifactError when the target is missing.
    """
    archive = stores.files.archive(job.id)
    if not archive.is_file():
        raise ArchiveError("The archive of this job is gone: upload it again.")
    target = targets.get(stores, job.target)
    members = list_members(archive, stores.settings.limits)  # takes a while: before the lock
    with stores.writing() as tables:
        now = current(tables, job.id)
        if not now.state.over:
            raise IllegalTransition(f"“{now.name}” is not over yet: it is {now.state}.")
        queued = dataclasses.replace(
            now.to(JobState.QUEUED), attempts=0, error=None, note=None, finished=None
        )
        if now.state is JobState.SUCCEEDED or is_outdated(now, target):
            return reset(stores, tables, queued, target, members)
        again = tables.pictures.wait_again(job.id)
        queued = dataclasses.replace(queued, done=queued.done - again)
        tables.jobs.save(queued)
    return queued


def reset(
    stores: Stores, tables: Tables, job: Job, target: Target, members: Sequence[Member]
) -> Job:
    """Forget all results of a job and give it the target that is installed now."""
    skipped = sum(member.skip is not None for member in members)
    fresh = dataclasses.replace(
        job,
        target_title=target.card.title,
        target_version=target.card.version,
        backbone_sha256=target.backbone.model_sha256,
        prevalence=target.card.prevalence,
        total=len(members),
        skipped=skipped,
        done=skipped,
        rate=None,
        started=None,
    )
    tables.pictures.remove_all(job.id)
    tables.pictures.add(job.id, members)
    tables.jobs.save(fresh)
    stores.files.forget_results(job.id)
    return fresh


def progress(stores: Stores, job: Job) -> Progress:
    """How far it is, as a page asks every second; reads two indexes, whatever the size."""
    with stores.reading() as tables:
        now = current(tables, job.id)
        kept = tables.pictures.kept(PictureQuery.of(now))
    obstacle = _obstacle(stores, now)
    rate = now.rate if obstacle is None else None
    left = (now.total - now.done) / rate if rate and not now.state.over else None
    return Progress(
        state=now.state,
        done=now.done,
        total=now.total,
        pictures_per_second=rate,
        seconds_left=left,
        kept=kept,
        error=now.error,
        note=now.note,
        obstacle=obstacle,
    )


def _obstacle(stores: Stores, job: Job) -> str | None:
    """What keeps the runner from going on with a job that is its to do."""
    if job.state not in (JobState.QUEUED, JobState.RUNNING):
        return None
    if (free := stores.files.free_bytes) >= LEAST_FREE_BYTES:
        return None
    return (
        f"The disk that holds {stores.files.root} is full ({free / 1e6:.1f} MB are free). "
        "Make room, for instance by deleting old jobs: this one then goes on by itself."
    )


def summary(stores: Stores, job: Job) -> Summary:
    """The result in figures, with the user's verdicts and the job's thresholds."""
    with stores.reading() as tables:
        now = current(tables, job.id)
        counts = tables.pictures.counts(PictureQuery.of(now))
        average, most_common = tables.pictures.seconds(job.id)
    ended = now.finished - now.started if now.started and now.finished else None
    return Summary(
        total=now.total,
        kept=counts[Pile.KEPT],
        unsure=counts[Pile.UNSURE],
        rejected=counts[Pile.REJECTED],
        unreadable=counts[Pile.UNREADABLE],
        skipped=counts[Pile.SKIPPED],
        seconds=ended.total_seconds() if ended else None,
        average_seconds=average,
        most_common_seconds=most_common,
    )
