"""The piles of a result: pictures, the confidence that parts them, what the user says of them."""

from __future__ import annotations

import dataclasses

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from ml.scoring.piles import Pile
from webapp.forms import ConfidenceForm, SweepForm, VerdictForm
from webapp.pages.context import stores, wants_json
from webapp.records import Job
from webapp.services import jobs, review, sweeping

bp = Blueprint("gallery", __name__)
PILES = list(Pile)
PAGE = 120
"""Pictures in one page of a gallery: a little more than a large screen shows."""


def asked_pile() -> Pile:
    """The pile in the address; kept where it names none."""
    name = request.values.get("pile", "")
    return Pile(name) if name in PILES else Pile.KEPT


def asked_after() -> int:
    """Where the page of pictures begins."""
    return max(0, request.args.get("after", 0, int))


def asked_confidence() -> float | None:
    """A confidence that is only looked at; None for the job's own."""
    value = request.args.get("confidence", None, float)
    if value is not None and not 0 <= value <= 1:
        raise BadRequest("The confidence is a number from 0 to 1, such as 0.95.")
    return value


@bp.get("/jobs/<job_id>/gallery")
def fragment(job_id: str) -> ResponseReturnValue:
    """One page of one pile, alone: fetched while the confidence moves."""
    job = jobs.get(stores(), job_id)
    pile = asked_pile()
    page = review.gallery(
        stores(), job, pile, confidence=asked_confidence(), after=asked_after(), limit=PAGE
    )
    return render_template("gallery/_pile.html", job=job, pile=pile, page=page)


@bp.get("/jobs/<job_id>/counts.json")
def counts(job_id: str) -> ResponseReturnValue:
    """How many are kept at every thousandth of confidence."""
    job = jobs.get(stores(), job_id)
    piles = review.counts(stores(), job)
    scored = piles[Pile.KEPT] + piles[Pile.UNSURE] + piles[Pile.REJECTED]
    return jsonify(kept_at=review.kept_at(stores(), job), scored=scored)


@bp.post("/jobs/<job_id>/confidence")
def confidence(job_id: str) -> ResponseReturnValue:
    """Part the piles elsewhere, for good; nothing is scored again."""
    job = jobs.get(stores(), job_id)
    form = ConfidenceForm()
    if not form.validate_on_submit():
        raise BadRequest("The confidence is a number from 0 to 1, such as 0.95.")
    review.set_confidence(stores(), job, form.confidence.data)
    if wants_json():
        return jsonify(ok=True, piles=review.counts(stores(), jobs.get(stores(), job_id)))
    return redirect(url_for("jobs.show", job_id=job_id, pile=asked_pile()), 303)


@bp.post("/jobs/<job_id>/verdicts")
def verdict(job_id: str) -> ResponseReturnValue:
    """Keep what the user says of a picture, or take it back."""
    job = jobs.get(stores(), job_id)
    form = VerdictForm()
    if not form.validate_on_submit():
        raise BadRequest("A verdict names a picture and is, is_not or none: such as 12:is.")
    review.set_verdict(stores(), job, form.number, form.verdict)
    if wants_json():
        return seen(job, form.confidence.data, form.copies)
    back = url_for("jobs.show", job_id=job_id, pile=asked_pile(), _anchor=f"p{form.number}")
    return redirect(back, 303)


@bp.post("/jobs/<job_id>/verdicts/shown")
def sweep(job_id: str) -> ResponseReturnValue:
    """None of the pictures that a page shows is the target; or that is taken back. For scripts."""
    job = jobs.get(stores(), job_id)
    form = SweepForm()
    if not form.validate_on_submit():
        raise BadRequest("That names the pictures by number, up to 1,000, and says is_not or none.")
    said = sweeping.say_of_all(stores(), job, form.numbers, form.verdict)
    return seen(job, form.confidence.data, said)


def seen(job: Job, confidence: float | None, numbers: list[int]) -> ResponseReturnValue:
    """Counts and some tiles, as a page at this confidence shows them; None for the job's own."""
    if confidence is not None:
        job = dataclasses.replace(job, threshold=confidence, unsure_threshold=confidence)
    tiles = [tile(job, number) for number in numbers]
    return jsonify(ok=True, piles=review.counts(stores(), job), tiles=tiles)


def tile(job: Job, number: int) -> str:
    """One picture as the gallery shows it, with what is known of it now."""
    picture = review.picture(stores(), job, number)
    return render_template("gallery/_tile.html", job=job, picture=picture)
