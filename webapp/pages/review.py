"""Review mode: one picture after the other, in full. It works without script, too."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from ml.scoring.piles import Pile
from webapp.pages.arguments import is_left_behind, read_number, read_pile
from webapp.pages.context import get_stores
from webapp.pages.verdicts import describe_history
from webapp.services import review_mode, sight

bp = Blueprint("review", __name__)


@bp.get("/jobs/<job_id>/review")
def show(job_id: str) -> ResponseReturnValue:
    """The picture `at` of a queue, or the first one: a pile's, or `queue=left-behind`."""
    at = read_number("at", -1)
    step = review_mode.read_step(
        get_stores(),
        job_id,
        read_reviewed_pile(),
        at if at >= 0 else None,
        left_behind=is_left_behind(),
    )
    history = describe_history(step.history, step.job.target_title)
    return render_template(
        "review/show.html", step=step, job=step.job, pile=step.pile, history=history
    )


@bp.get("/jobs/<job_id>/review/queue.json")
def queue(job_id: str) -> ResponseReturnValue:
    """The numbers of the pictures to review, in their order."""
    if is_left_behind():
        return jsonify(numbers=review_mode.list_left_behind(get_stores(), job_id))
    return jsonify(numbers=review_mode.list_queue(get_stores(), job_id, read_reviewed_pile()))


@bp.get("/jobs/<job_id>/review/<int:number>/facts")
def facts(job_id: str, number: int) -> ResponseReturnValue:
    """What is known of one picture, as a part of the page."""
    job, picture = review_mode.read_picture(get_stores(), job_id, number)
    return render_template("review/_facts.html", job=job, picture=picture)


@bp.get("/jobs/<job_id>/review/<int:number>/why")
def why(job_id: str, number: int) -> ResponseReturnValue:
    """Where the target was seen in a picture, who else it could be, and what it resembles."""
    explanation = sight.explain(get_stores(), job_id, number)
    return render_template("review/why.html", job=explanation.job, why=explanation)


def read_reviewed_pile() -> Pile | None:
    """Return the pile of the request; None if it names none."""
    pile = read_pile()
    if pile is not None and pile not in review_mode.REVIEWED:
        raise UnprocessableEntity(f"Pictures that are {pile} have no verdict to review.")
    return pile
