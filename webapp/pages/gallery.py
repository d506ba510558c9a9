"""A result's piles: pictures, and the confidence that separates them."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from ml.scoring.piles import Pile
from webapp.forms import ConfidenceForm, find_first_error
from webapp.pages.arguments import read_confidence, read_pile
from webapp.pages.context import get_stores, wants_json
from webapp.services import jobs, review

bp = Blueprint("gallery", __name__)
PAGE = 120
"""Pictures in one page of a gallery: a little more than a large screen shows."""


def read_offset() -> int:
    """Return the number of pictures, or jobs, in the list before this page."""
    return max(0, request.args.get("after", 0, int))


@bp.get("/jobs/<job_id>/gallery")
def fragment(job_id: str) -> ResponseReturnValue:
    """One page of one pile, without the rest of the page; fetched while the slider moves."""
    job = jobs.get(get_stores(), job_id)
    pile = read_pile() or Pile.KEPT
    page = review.read_gallery(
        get_stores(), job, pile, confidence=read_confidence(), after=read_offset(), limit=PAGE
    )
    return render_template("gallery/_pile.html", job=job, pile=pile, page=page)


@bp.get("/jobs/<job_id>/counts.json")
def counts(job_id: str) -> ResponseReturnValue:
    """How many are kept at every thousandth of confidence."""
    kept_at, scored = review.count_kept_at_steps(get_stores(), job_id)
    return jsonify(kept_at=kept_at, scored=scored)


@bp.post("/jobs/<job_id>/confidence")
def set_confidence(job_id: str) -> ResponseReturnValue:
    """Save another confidence for this job."""
    form = ConfidenceForm()
    if not form.validate_on_submit():
        raise UnprocessableEntity(find_first_error(form))
    changed = review.set_confidence(get_stores(), job_id, form.confidence.data)
    if wants_json():
        return jsonify(ok=True, piles=review.count_piles(get_stores(), changed))
    return redirect(url_for("jobs.show", job_id=job_id, pile=read_pile() or Pile.KEPT), 303)
