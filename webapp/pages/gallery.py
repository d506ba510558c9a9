"""A result's piles: pictures, the confidence that separates them, the user's verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from ml.scoring.piles import Pile
from webapp.forms import BulkVerdictForm, ThresholdsForm, VerdictForm, find_first_error
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
        return jsonify(ok=True, piles=review.count_piles(get_stores(), job), state=state)
    return redirect(url_for("jobs.show", job_id=job_id, pile=read_pile() or Pile.KEPT), 303)


@bp.post("/jobs/<job_id>/pictures/<int:number>/verdict")
def set_verdict(job_id: str, number: int) -> ResponseReturnValue:
    """Save the user's verdict on a picture, or remove it."""
    form = VerdictForm()
    if not form.validate_on_submit():
        raise UnprocessableEntity(find_first_error(form))
    review.set_verdict(get_stores(), job_id, number, form.parsed_verdict)
    if wants_json():
        return render_changed_tiles(job_id, form.parsed_numbers or [number], form.confidence.data)
    pile = read_pile() or Pile.KEPT
    return redirect(url_for("jobs.show", job_id=job_id, pile=pile, _anchor=f"p{number}"), 303)


@bp.post("/jobs/<job_id>/verdicts/bulk")
def set_bulk_verdict(job_id: str) -> ResponseReturnValue:
    """Save one verdict on many pictures, or remove theirs. Only the pages' scripts send this."""
    form = BulkVerdictForm()
    if not form.validate_on_submit():
        raise UnprocessableEntity(find_first_error(form))
    numbers = review.set_verdicts(get_stores(), job_id, form.parsed_numbers, form.parsed_verdict)
    return render_changed_tiles(job_id, numbers, form.confidence.data)


def render_changed_tiles(
    job_id: str, numbers: Sequence[int], confidence: float | None
) -> ResponseReturnValue:
    """Answer with counts and tiles at the page's confidence (None: the job's)."""
    job, piles, pictures = review.read_changes(get_stores(), job_id, numbers, confidence=confidence)
    tiles = render_template("gallery/_tiles.html", job=job, pictures=pictures)
    return jsonify(ok=True, piles=piles, tiles=tiles)
