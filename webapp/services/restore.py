"""Restore a review from a report that this program or one on another machine wrote.

A report of a job at work waits in the job's folder, because pictures are known by their SHA-256,
which the runner computes. It is restored when the job succeeds.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

from ml.errors import ArchiveError
from ml.sieve.read_report import ReportVerdicts, read_report
from webapp.records import Job
from webapp.safe_names import mask_hostile
from webapp.services import verdicts
from webapp.services.jobs import require_job
from webapp.storage import Stores, Tables


@dataclasses.dataclass(frozen=True, slots=True)
class Restored:
    """What a report had to say about a job."""

    restored: int
    """Verdicts that are new for pictures of the job."""
    unchanged: int
    """Verdicts that pictures of the job had already."""
    replaced: int
    """Restored ones that the user had given otherwise before."""
    elsewhere: int
    """Verdicts on pictures that the job does not have."""
    faults: Sequence[str]
    more_faults: int

    def describe(self, report: str) -> list[str]:
        """Return what happened as sentences, without the faults of lines.

        Args:
            report: its name.
        """
        name = mask_hostile(report)
        there = f"{'is' if self.unchanged == 1 else 'are'} there already"
        if self.unchanged and not self.restored:
            answers = "answer" if self.unchanged == 1 else "answers"
            sentences = [f"{self.unchanged:,} {answers} of “{name}” {there}, so nothing changed."]
        else:
            answers = "answer" if self.restored == 1 else "answers"
            sentences = [f"{self.restored:,} {answers} of “{name}” restored."]
        if self.replaced:
            sentences.append(
                f"{self.replaced:,} of them {'replaces' if self.replaced == 1 else 'replace'} a "
                "different answer that you gave before; Undo brings it back."
            )
        if self.restored and self.unchanged:
            sentences.append(f"{self.unchanged:,} more {there}.")
        if self.elsewhere:
            about = "is about a picture" if self.elsewhere == 1 else "are about pictures"
            sentences.append(
                f"{self.elsewhere:,} more {about} that this archive does not have, and "
                f"{'is' if self.elsewhere == 1 else 'are'} left out."
            )
        return sentences

    def describe_faults(self) -> list[str]:
        """Return how many lines were left out, with the reason of the first."""
        if not self.faults:
            return []
        lines = len(self.faults) + self.more_faults
        were = "line was" if lines == 1 else "lines were"
        return [f"{lines:,} {were} left out. {mask_hostile(self.faults[0])}"]


def restore_review(stores: Stores, job_id: str, report: Path, name: str) -> Restored | None:
    """Set the verdicts of a report, as one step of undo; a picture is found by its SHA-256.

    Args:
        name: the report's own name.

    Returns: None if the job is still at work, so that the report waits for its end.

    Raises NotFound, ArchiveError if the file is no report.
    """
    with stores.reading() as tables:
        job = require_job(tables, job_id)
    found = read_report(report, job.target, most_lines=stores.settings.limits.members)
    if not job.state.is_over and _keep_for_the_end(stores, job_id, report, name):
        return None
    with stores.writing() as tables:
        return _restore(tables, require_job(tables, job_id), found, name)


def _keep_for_the_end(stores: Stores, job_id: str, report: Path, name: str) -> bool:
    """Keep a report in the job's folder. Returns False if the job is over by now."""
    kept = stores.files.report(job_id)
    shutil.copyfile(report, kept)  # before the row names it, because the runner reads it then
    with stores.writing() as tables:
        job = require_job(tables, job_id)
        if not job.state.is_over:
            tables.jobs.save(dataclasses.replace(job, report=name, report_note=None))
            return True
    kept.unlink(missing_ok=True)
    return False


def restore_kept(stores: Stores, tables: Tables, job: Job) -> Job:
    """Restore the report that waited, within the transaction that ends the job.

    Returns: the job with a note about it; the same job if no report waited.
    """
    if job.report is None or job.report_note is not None:
        return job
    try:
        found = read_report(
            stores.files.report(job.id), job.target, most_lines=stores.settings.limits.members
        )
    except (ArchiveError, FileNotFoundError) as error:
        sentences = [f"“{mask_hostile(job.report)}” could not be restored: {error}"]
    else:
        result = _restore(tables, job, found, job.report)
        sentences = result.describe(job.report) + result.describe_faults()
    return dataclasses.replace(job, report_note=" ".join(sentences))


def _restore(tables: Tables, job: Job, found: ReportVerdicts, name: str) -> Restored:
    # Another window may show another target by now.
    wanted = found.verdicts if found.target == job.target else {}
    known, changed, replaced = verdicts.restore_verdicts(tables, job, wanted, report=name)
    return Restored(
        restored=changed,
        unchanged=known - changed,
        replaced=replaced,
        elsewhere=len(found.verdicts) - known,
        faults=found.faults,
        more_faults=found.more_faults,
    )
