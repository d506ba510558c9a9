"""Restore a review from a report that this program or one on another machine wrote."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from ml.sieve.read_report import read_report
from webapp.services import verdicts
from webapp.services.jobs import require_job
from webapp.storage import Stores


@dataclasses.dataclass(frozen=True, slots=True)
class Restored:
    """What a report had to say about a job."""

    restored: int
    """Verdicts of pictures in the job; those that it had already count, too."""
    elsewhere: int
    """Verdicts on pictures that the job does not have."""
    faults: Sequence[str]
    more_faults: int


def restore_review(stores: Stores, job_id: str, report: Path, name: str) -> Restored:
    """Set the verdicts of a report, as one step of undo; a picture is found by its SHA-256.

    Args:
        name: the report's own name.

    Raises NotFound, ArchiveError if the file is no report.
    """
    with stores.reading() as tables:
        target = require_job(tables, job_id).target
    found = read_report(report, target)
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        # Another window may show another target by now.
        wanted = found.verdicts if job.target == target else {}
        known = verdicts.restore_verdicts(tables, job, wanted, report=name)
    return Restored(len(known), len(found.verdicts) - len(known), found.faults, found.more_faults)
