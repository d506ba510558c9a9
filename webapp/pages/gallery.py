"""A result's piles: pictures, and the confidence that separates them."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from ml.scoring.piles import Pile
from webapp.forms import ThresholdsForm, find_first_error
from webapp.pages.arguments import read_pile
from webapp.pages.context import get_stores, wants_json
from webapp.services import columns, review

bp = Blueprint("gallery", __name__)
PAGE = 60
"""Pictures that the server renders: a little more than a large screen shows."""


def read_offset() -> int:
    """Return the number of pictures, or jobs, in the list before this page."""
    return max(0, request.args.get("after", 0, int))


@bp.post("/jobs/<job_id>/thresholds")
def set_thresholds(job_id: str) -> ResponseReturnValue:
    """Save other thresholds for this job."""
    form = ThresholdsForm()
    if not form.validate_on_submit():
        raise UnprocessableEntity(find_first_error(form))
    job = review.set_confidence(get_stores(), job_id, form.confidence.data, form.unsure.data)
    if wants_json():
        state = columns.read_state(get_stores(), job_id)
        return jsonify(
            ok=True,
            piles=review.count_piles(get_stores(), job),
            state=state,
        )
    return redirect(url_for("jobs.show", job_id=job_id, pile=read_pile() or Pile.KEPT), 303)
