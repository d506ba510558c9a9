"""Restore a review from a report."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from webapp.pages.context import get_stores, wants_json
from webapp.pages.streamed_upload import StreamedUploadRequest
from webapp.services import jobs, restore

bp = Blueprint("restore", __name__)


@bp.post("/jobs/<job_id>/restore")
def from_report(job_id: str) -> ResponseReturnValue:
    """Set the verdicts of the report that is sent, and say what was wrong with its lines.

    A job at work restores it at its end, and says on its page what happened.
    """
    sent = cast("StreamedUploadRequest", request).list_uploads("report")
    if len(sent) != 1:
        raise UnprocessableEntity(f"Choose one report; received {len(sent)}.")
    (report,) = sent
    result = restore.restore_review(get_stores(), job_id, report.file, report.name)
    url = url_for("jobs.show", job_id=job_id)
    if wants_json():
        return {"ok": True, "url": url}
    if result is None:
        return redirect(url, 303)
    job = jobs.get(get_stores(), job_id)
    return render_template("jobs/restored.html", job=job, report=report.name, result=result)
