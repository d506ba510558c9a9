"""Check a sample of the rejected pictures, a round at a time."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from webapp.forms import RoundForm, find_first_error
from webapp.pages.context import get_stores
from webapp.services import certificate, jobs

bp = Blueprint("certificate", __name__)


@bp.get("/jobs/<job_id>/check")
def check(job_id: str) -> ResponseReturnValue:
    """Show the pictures of the next round."""
    current = certificate.read_check(get_stores(), job_id)
    return render_template(
        "certificate/check.html",
        job=jobs.get(get_stores(), job_id),
        certificate=current.certificate if current else None,
        pictures=current.pictures if current else [],
        has_unanswered=certificate.has_unanswered(get_stores(), job_id),
    )


@bp.post("/jobs/<job_id>/check/sample")
def draw(job_id: str) -> ResponseReturnValue:
    """Pick the pictures to check."""
    certificate.draw_sample(get_stores(), job_id)
    return redirect(url_for("certificate.check", job_id=job_id), 303)


@bp.post("/jobs/<job_id>/check")
def finish_round(job_id: str) -> ResponseReturnValue:
    """Save the answers of a round and show the next one."""
    form = RoundForm()
    if not form.validate_on_submit():
        raise UnprocessableEntity(find_first_error(form))
    certificate.finish_round(
        get_stores(),
        job_id,
        checked=form.checked.data,
        shown=form.shown.data,
        found=form.found.data,
    )
    return redirect(url_for("certificate.check", job_id=job_id), 303)
