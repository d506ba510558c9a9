"""What the app remembers, as frozen values: jobs, pictures, preferences, and figures about them.

Standard library only (`ml.scoring.piles` is too), so that every layer may import this module.
Times are aware datetimes in UTC; probabilities and confidences are 0..1; durations are seconds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from ml.scoring.piles import Outcome, Pile, Thresholds, Verdict
from webapp.errors import IllegalTransition

LOCAL_USER = 1
"""The one user of an app bound to this machine; rows carry it, so that others can join."""

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

    @property
    def over(self) -> bool:
        """Nothing more happens by itself."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


NEXT: dict[JobState, frozenset[JobState]] = {
    JobState.WAITING: frozenset({JobState.QUEUED, JobState.CANCELLED}),
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.FAILED, JobState.CANCELLED}),
    # Back to QUEUED: the runner was asked to stop and gives its jobs back unharmed.
    JobState.RUNNING: frozenset(
        {JobState.QUEUED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
    ),
    # Back to QUEUED from an end: the user has it scored again.
    JobState.SUCCEEDED: frozenset({JobState.QUEUED}),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
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
    """URL-safe and random: whoever knows it was given it."""
    user_id: int
    name: str
    """As the user named the upload, harmless to show; never join it to a path."""
    state: JobState
    target: str
    target_title: str
    target_version: int
    backbone_sha256: str
    threshold: float
    """Probability from which a picture is kept: the confidence."""
    unsure_threshold: float
    """Probability from which a picture is at least unsure; equals `threshold` if no pile is."""
    prevalence: float
    """How much of the archive shows the target; with it evidence becomes a probability."""
    created: datetime
    is_prevalence_known: bool | None = None
    """False: too few scores are high to say; None: not all pictures are scored."""
    copy_folder: str | None = None
    """Where kept pictures are copied at the end, relative to the storage root; None: nowhere."""
    total: int = 0
    """Members of the archive, all of them."""
    skipped: int = 0
    """Members that were skipped when the archive was listed; they are `done` from the start."""
    done: int = 0
    """Members whose outcome is known."""
    attempts: int = 0
    """How often a runner claimed it since it last made progress."""
    rate: float | None = None
    """Pictures per second: lately while it runs, on average once it is over."""
    error: str | None = None
    """Why it failed, as a sentence."""
    note: str | None = None
    """What else the user should know of its end, as a sentence."""
    blocked_by: str | None = None
    """Why it cannot go on at the moment, as a sentence; it will by itself."""
    started: datetime | None = None
    finished: datetime | None = None

    @property
    def thresholds(self) -> Thresholds:
        """Where the piles part."""
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
        """What pages and scripts call `threshold`."""
        return self.threshold

    def to(self, state: JobState) -> Job:
        """The same job in another state. Raises IllegalTransition."""
        if state not in NEXT[self.state]:
            raise IllegalTransition(
                f"“{self.name}” is {self.state}; it cannot become {state} from there."
            )
        return dataclasses.replace(self, state=state)


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """One member of a job's archive and what is known of it."""

    job_id: str
    number: int
    """Place in the archive, from 0."""
    path: str
    """As the archive names it: may be hostile, show it, never join it to another path."""
    size: int
    """Unpacked, in bytes, as the archive claims."""
    outcome: Outcome
    pile: Pile | None
    """None only while it waits to be scored."""
    probability: float | None
    evidence: float | None
    verdict: Verdict | None
    """What the user said of it, here or in another archive."""
    reason: str | None
    """Why it is unreadable or skipped."""
    width: int | None
    height: int | None
    seconds: float | None
    sha256: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Preferences:
    """What the user set on the settings page, for every later job."""

    confidence: float = 0.95
    target: str = "mona"
    copy_kept: bool = False
    copy_folder: str = ""
    """Below the storage root; empty: the root itself."""
    start_at_once: bool = True
    retention_days: int = 30
    """Days until a finished job is deleted; 0: never."""


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, for a page that asks every second."""

    state: JobState
    done: int
    total: int
    pictures_per_second: float | None
    seconds_left: float | None
    kept: int
    """Kept so far, with the user's verdicts."""
    error: str | None
    note: str | None
    blocked_by: str | None
    """Why it cannot go on at the moment, as a sentence; it will by itself."""

    @property
    def finished(self) -> bool:
        """The job is over: a page can stop asking."""
        return self.state.over


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
    """Hand it back as `after`; None: there are no more."""
