"""One page about a result, to print and hand over."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.pages.context import get_stores
from webapp.services import handover

bp = Blueprint("handover", __name__)


@bp.get("/jobs/<job_id>/handover")
def show(job_id: str) -> ResponseReturnValue:
    """Counts, plot, estimates, certificate and versions."""
    content = handover.read_handover(get_stores(), job_id)
    result = content.result
    return render_template(
        "jobs/handover.html",
        content=content,
        job=result.job,
        summary=result.summary,
        bytes=result.bytes,
        certificate=result.certificate,
    )
