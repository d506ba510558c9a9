"""The app's records, as frozen values: jobs, pictures, preferences, and figures about them.

Standard library only (and modules of `ml.scoring` that need no more), so that every layer may
import it. Times are aware datetimes in UTC; probabilities and confidences are 0..1; durations are
seconds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from ml.scoring.kind_counts import KindCounts
from ml.scoring.piles import Outcome, Pile, Thresholds, Verdict
from webapp.errors import IllegalTransition

LOCAL_USER = 1
"""The only user today. Rows hold the user, so that accounts can be added."""

HIGHEST = 2**31
"""Upper bound of picture numbers in requests."""


class JobState(StrEnum):
    """The life of a job; a row in state QUEUED *is* the queue."""

    WAITING = "waiting"  # for the Start button
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DELETING = "deleting"  # no page shows it; its files and then its row are removed

    @property
    def is_over(self) -> bool:
        """The job has ended; only the user can queue it again."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


NEXT: dict[JobState, frozenset[JobState]] = {
    JobState.WAITING: frozenset({JobState.QUEUED, JobState.CANCELLED, JobState.DELETING}),
    JobState.QUEUED: frozenset(
        {JobState.RUNNING, JobState.FAILED, JobState.CANCELLED, JobState.DELETING}
    ),
    # Back to QUEUED: the runner stops on purpose, or it died.
    JobState.RUNNING: frozenset(
        {
            JobState.QUEUED,
            JobState.SUCCEEDED,
            JobState.FAILED,
            JobState.CANCELLED,
            JobState.DELETING,
        }
    ),
    # Back to QUEUED from an end: the user asked to score it again.
    JobState.SUCCEEDED: frozenset({JobState.QUEUED, JobState.DELETING}),
    JobState.FAILED: frozenset({JobState.QUEUED, JobState.DELETING}),
    JobState.CANCELLED: frozenset({JobState.QUEUED, JobState.DELETING}),
    JobState.DELETING: frozenset(),
}


@dataclasses.dataclass(frozen=True, slots=True)
class JobTarget:
    """One of the targets that a job's pictures were scored for."""

    name: str
    title: str
    version: int
    prevalence: float
    is_prevalence_known: bool | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """One archive on its way through the sieve."""

    id: str
    """URL-safe and random, so that it cannot be guessed."""
    user_id: int
    name: str
    """The upload's name, safe to show; never join it to a path."""
    state: JobState
    target: str
    target_title: str
    target_version: int
    backbone_sha256: str
    threshold: float
    """Probability from which a picture is kept: the confidence."""
    unsure_threshold: float
    """Probability from which a picture is at least unsure; equal to `threshold`: no unsure pile."""
    prevalence: float
    """How much of the archive shows the target; with it evidence becomes a probability."""
    created: datetime
    is_prevalence_known: bool | None = None
    """False: too few scores are high to say; None: not all pictures are scored."""
    copy_folder: str | None = None
    """Where kept pictures are copied at the end, relative to the storage root; None: nowhere."""
    archive_note: str | None = None
    """Why members of the archive are missing, as a sentence: it breaks off."""
    names_encoding: str | None = None
    """How names that tell no encoding are read; None if every name tells its own."""
    total: int = 0
    """Members of the archive, all of them."""
    skipped: int = 0
    """Members that were skipped when the archive was listed; they are `done` from the start."""
    done: int = 0
    """Members whose outcome is known."""
    attempts: int = 0
    """How often a runner has claimed the job since its last progress."""
    rate: float | None = None
    """Pictures per second: recently while it runs, on average at the end."""
    error: str | None = None
    """Why it failed, as a sentence."""
    note: str | None = None
    """A further sentence for the user about the end of the job."""
    blocked_by: str | None = None
    """Why the job cannot continue now, as a sentence; it continues by itself."""
    started: datetime | None = None
    finished: datetime | None = None
    trashed: datetime | None = None
    """When the user put it into the trash; None: it is not in there."""
    unlikeness: float | None = None
    """As in `ml.scoring.unlikeness`; above 1, mistakes are likelier. None: not measured."""
    looked_at: int = 0
    """Pictures whose kinds were told; 0 until the end of the look."""
    photographs: int = 0
    pages: int = 0
    report: str | None = None
    """The name of a report that came with the archive, whose verdicts the end restores."""
    report_note: str | None = None
    """What that report restored, in sentences; None until then."""

    put_first: datetime | None = None
    """When the user put it before the other jobs; the last such job goes first."""

    @property
    def is_in_trash(self) -> bool:
        """The job can be restored, and nothing else can be done with it."""
        return self.trashed is not None and self.state is not JobState.DELETING

    @property
    def is_unlike(self) -> bool:
        """Its pictures are unlike those that the target was measured on."""
        return self.unlikeness is not None and self.unlikeness > 1

    @property
    def kinds(self) -> KindCounts:
        """The kinds of the pictures that were looked at."""
        return KindCounts(self.looked_at, self.photographs, self.pages)

    @property
    def thresholds(self) -> Thresholds:
        """The probabilities that separate the piles."""
        return Thresholds(kept=self.threshold, unsure=self.unsure_threshold)

    @property
    def shown_target(self) -> JobTarget:
        """The target whose scores the job shows."""
        return JobTarget(
            name=self.target,
            title=self.target_title,
            version=self.target_version,
            prevalence=self.prevalence,
            is_prevalence_known=self.is_prevalence_known,
        )

    @property
    def confidence(self) -> float:
        """The name of `threshold` on pages and in the API."""
        return self.threshold

    def to(self, state: JobState) -> Job:
        """The same job in another state. Raises IllegalTransition."""
        if state not in NEXT[self.state]:
            raise IllegalTransition(
                f"“{self.name}” is {self.state}; it cannot become {state} from there."
            )
        return dataclasses.replace(self, state=state)


class JobOrder(StrEnum):
    """The orders in which jobs are listed."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    LARGEST = "largest"


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """One member of a job's archive, with its results."""

    job_id: str
    number: int
    """Position in the archive, from 0."""
    path: str
    """The archive's name for it. It may be hostile, so never join it to another path."""
    size: int
    """Unpacked, in bytes, as the archive claims."""
    outcome: Outcome
    pile: Pile | None
    """None only while it waits to be scored."""
    probability: float | None
    evidence: float | None
    verdict: Verdict | None
    """The user's answer, from this archive or another one."""
    verdict_from: str | None
    """The name of the other job where the user gave it; None: this job, or it is not known."""
    reason: str | None
    """Why it is unreadable or skipped."""
    width: int | None
    height: int | None
    seconds: float | None
    sha256: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Preferences:
    """The user's settings for later jobs."""

    confidence: float = 0.95
    target: str = "mona"
    copy_kept: bool = False
    copy_folder: str = ""
    """Below the storage root; empty: the root itself."""
    start_at_once: bool = True
    retention_days: int = 30
    """Days until a finished job is deleted; 0: never."""
    open_inner_zips: bool = False
    """Zips within an uploaded zip are opened as well."""
    look_closely: bool = True
    """Pictures are seen at a network's finer scale too, if it has one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, for a page that asks every second."""

    state: JobState
    done: int
    total: int
    pictures_per_second: float | None
    seconds_left: float | None
    piles: Mapping[Pile, int]
    """The piles so far, after the user's verdicts; together they are `done`."""
    newest_kept: Sequence[int]
    """Numbers of the last kept pictures, the last one first."""
    copies: int
    """Pictures with the same bytes as an earlier one, so far."""
    is_unlike: bool
    """The pictures are unlike those that mistakes were measured on."""
    kinds: KindCounts
    is_put_first: bool
    """The user put it before other jobs."""
    jobs_before: int
    """Jobs that the user put before this one and that are not over."""
    jobs_beside: int
    """Other jobs that are not over, without those before."""
    error: str | None
    note: str | None
    blocked_by: str | None
    """Why the job cannot continue now, as a sentence; it continues by itself."""

    @property
    def can_be_put_first(self) -> bool:
        """Another job has to wait if this one goes first."""
        return bool(self.jobs_before or (self.jobs_beside and not self.is_put_first))

    @property
    def finished(self) -> bool:
        """The job is over: a page can stop asking."""
        return self.state.is_over


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """The result in figures; the piles add up to `total` once the job is over."""

    total: int
    piles: Mapping[Pile, int]
    seconds: float | None
    """From the first start to the end; None while it has no end."""
    average_seconds: float | None
    """For one picture's decoding, scoring and thumbnail; None where none was scored."""
    most_common_seconds: float | None
    """The most frequent of these times, to the millisecond."""


@dataclasses.dataclass(frozen=True, slots=True)
class GalleryPage:
    """Some pictures of a pile and where the next ones begin."""

    pictures: list[Picture]
    next: int | None
    """The `after` of the next page; None: there is none."""
