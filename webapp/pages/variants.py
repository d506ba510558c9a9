"""Variants of one picture that lie in several piles, and one verdict for each group of them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.forms import VerdictForm
from webapp.pages.context import get_stores
from webapp.pages.filters import pluralize
from webapp.pages.verdicts import validate
from webapp.services import variants

bp = Blueprint("variants", __name__)


@bp.get("/jobs/<job_id>/variants")
def index(job_id: str) -> ResponseReturnValue:
    """List the groups whose pictures are in several piles."""
    found = variants.read_split_groups(get_stores(), job_id)
    return render_template("variants/index.html", job=found.job, found=found)


@bp.post("/jobs/<job_id>/variants/<int:largest>/verdict")
def set_verdict(job_id: str, largest: int) -> ResponseReturnValue:
    """Save one verdict on all pictures of a group."""
    form = validate(VerdictForm())
    count = variants.set_group_verdict(get_stores(), job_id, largest, form.parsed_verdict)
    flash(f"Your answer is saved for {pluralize(count, 'picture')}. Undo is on the result page.")
    return redirect(url_for("variants.index", job_id=job_id), 303)
