"""Restore a review from a report."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from webapp.pages.context import get_stores
from webapp.pages.streamed_upload import StreamedUploadRequest
from webapp.services import jobs, restore

bp = Blueprint("restore", __name__)


@bp.post("/jobs/<job_id>/restore")
def from_report(job_id: str) -> ResponseReturnValue:
    """Set the verdicts of the report that is sent, and say what was wrong with its lines."""
    sent = cast("StreamedUploadRequest", request).list_uploads("report")
    if len(sent) != 1:
        raise UnprocessableEntity(f"Choose one report; received {len(sent)}.")
    (report,) = sent
    result = restore.restore_review(get_stores(), job_id, report.file, report.name)
    job = jobs.get(get_stores(), job_id)
    return render_template("jobs/restored.html", job=job, report=report.name, result=result)
