"""One log line for each phase in the life of a job."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


def log_phase(job_id: str, phase: str, **figures: object) -> None:
    """Log that a job enters a phase. The figures are fields of their own where the log is JSON."""
    text = "".join(f", {name} {value}" for name, value in figures.items() if value is not None)
    log.info("job %s %s%s", job_id, phase, text, extra={"job": job_id, "phase": phase, **figures})
