"""Notes of what an archive becomes, beside the uploads until the rows of its job are committed.

If the process is killed in between, `recovery` does what the note says.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from webapp.records import Job, JobState
from webapp.storage import Stores


@dataclasses.dataclass(frozen=True, slots=True)
class Intent:
    """What an archive becomes; None: as in the preferences."""

    name: str
    target: str | None = None
    confidence: float | None = None
    start_at_once: bool | None = None
    note: str | None = None
    """A sentence about the archive."""
    report: str | None = None
    """The name of the report in the job's folder."""
    is_repeated: bool = False
    """Whether its source, such as the watched folder, is sieved again anyway."""


def note_intent(stores: Stores, job: Job, *, is_repeated: bool) -> Path:
    """Write down what a job's archive becomes. Returns the file of the note.

    Raises OSError. There is no note then.
    """
    intent = Intent(
        name=job.name,
        target=job.target,
        confidence=job.threshold,
        start_at_once=job.state is JobState.QUEUED,
        note=job.archive_note,
        report=job.report,
        is_repeated=is_repeated,
    )
    file = stores.files.intent(job.id)
    try:
        file.write_text(json.dumps(dataclasses.asdict(intent)), encoding="ascii")
    except OSError:
        file.unlink(missing_ok=True)
        raise
    return file


def read_intent(file: Path, job_id: str) -> Intent:
    """Read a note. A damaged one, as after a full disk, leaves all to the preferences."""
    try:
        return Intent(**json.loads(file.read_text(encoding="ascii")))
    except (ValueError, TypeError):
        return make_intent(job_id)


def make_intent(job_id: str) -> Intent:
    """Return what an archive becomes of which nothing is known: a job that waits for its start."""
    return Intent(f"recovered-{job_id}.zip", start_at_once=False)
