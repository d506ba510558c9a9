"""Records of copies: the kept pictures of a job in a storage folder."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from enum import StrEnum
from pathlib import Path


class CopyState(StrEnum):
    """What becomes of copies; the runner works on the first and the last state."""

    WAITING = "waiting"  # some pictures may be copied already
    DONE = "done"
    RETURNING = "returning"  # the user takes them back


@dataclasses.dataclass(frozen=True, slots=True)
class Copy:
    """The copies that were made at one time."""

    id: int
    job_id: str
    folder: str
    """Below the storage root, as the user named it. The job has a folder of its own in it."""
    state: CopyState
    created: datetime
    files: int
    """Files in the journal: those that were written."""


@dataclasses.dataclass(frozen=True, slots=True)
class CopyPlan:
    """What copying would do now."""

    folder: Path
    """The job's own folder."""
    pictures: int
    """Kept pictures, all of them."""
    present: int
    """Those that are there already, with the same bytes."""
    new_bytes: int
    """Of the others."""
    free_bytes: int
    """On the disk of the folder."""

    @property
    def new(self) -> int:
        """Pictures that would be written."""
        return self.pictures - self.present

    @property
    def has_room(self) -> bool:
        """The disk has room for the new pictures."""
        return self.new_bytes < self.free_bytes
