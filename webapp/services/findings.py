"""What a check of the data folder finds."""

from __future__ import annotations

import dataclasses

from webapp.records import Job


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong."""

    sentence: str
    is_repaired: bool = False


def name_job(job: Job) -> str:
    """Return a job's name and id, for sentences."""
    return f"“{job.name}” ({job.id})"
