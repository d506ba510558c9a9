"""The trash on the page of jobs: restore a job, or empty it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.pages.context import get_stores
from webapp.services import trash

bp = Blueprint("trash", __name__)


@bp.post("/trash/<job_id>/restore")
def restore(job_id: str) -> ResponseReturnValue:
    job = trash.restore(get_stores(), job_id)
    flash(f"“{job.name}” is back.")
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/trash/empty")
def empty() -> ResponseReturnValue:
    """Delete all jobs in the trash for good."""
    trash.empty(get_stores())
    flash("The trash is empty.")
    return redirect(url_for("job_list.index"), 303)
