"""Records of verdicts, and of the steps that undo and redo can go."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from ml.scoring.piles import Verdict


@dataclasses.dataclass(frozen=True, slots=True)
class VerdictEntry:
    """One step of undo and redo: a verdict on one picture, or the same one on many."""

    id: int
    verdict: Verdict | None
    """None: the user removed verdicts."""
    pictures: int
    path: str
    """The first picture's name in the archive."""
    report: str | None = None
    """The name of the report that gave the verdicts, which then differ; None: the user."""


@dataclasses.dataclass(frozen=True, slots=True)
class VerdictHistory:
    """What undo and redo would change now."""

    undo: VerdictEntry | None
    redo: VerdictEntry | None
    undo_steps: int
    redo_steps: int


@dataclasses.dataclass(frozen=True, slots=True)
class StoredVerdict:
    """The user's verdict on a picture's content, and where it comes from."""

    verdict: Verdict
    changed: datetime
    job_id: str | None
    """The job where it was given; None for verdicts that an older program stored."""
    job_name: str | None
