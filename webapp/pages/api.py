"""The JSON API, on the same services as the pages. README.md documents it."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from ml.scoring.piles import Pile
from webapp.pages import downloads
from webapp.pages.context import stores
from webapp.pages.streamed_upload import LandingRequest
from webapp.records import Job, Picture
from webapp.safe_names import plain
from webapp.services import jobs, review, uploads

bp = Blueprint("api", __name__, url_prefix="/api/v1")
PAGE = 100
MOST = 1000


@bp.post("/jobs")
def create() -> ResponseReturnValue:
    """One job of one archive, or of loose pictures; several archives make several jobs."""
    received = cast("LandingRequest", request).uploads("archive")
    if not received and request.files:
        fields = ", ".join(repr(plain(name)) for name in request.files)
        raise UnprocessableEntity(f"The files belong in the field 'archive', not in {fields}.")
    confidence = sent_confidence()
    # A script has no Start button: its jobs are queued whatever the settings say.
    made = uploads.accept(stores(), received, confidence=confidence, start_at_once=True)
    first, *others = [reference(job) for job in made]
    answer = jsonify(first | ({"others": others} if others else {}))
    answer.headers["Location"] = first["url"]
    return answer, 201


@bp.get("/jobs/<job_id>")
def show(job_id: str) -> ResponseReturnValue:
    """State, progress and the piles' counts."""
    job = jobs.get(stores(), job_id)
    progress = jobs.progress(stores(), job)
    return jsonify(
        reference(job)
        | {
            "name": job.name,
            "state": progress.state,
            "done": progress.done,
            "total": progress.total,
            "piles": review.counts(stores(), job),
            "pictures_per_second": progress.pictures_per_second,
            "confidence": job.confidence,
            "error": progress.error,
            "obstacle": progress.obstacle,
        }
    )


@bp.get("/jobs/<job_id>/pictures")
def pictures(job_id: str) -> ResponseReturnValue:
    """Members in the archive's order, a page at a time."""
    after, limit = (asked_number("after", -1), asked_number("limit", PAGE))
    page = review.pictures(
        stores(), jobs.get(stores(), job_id), asked_pile(), after=after, limit=min(limit, MOST)
    )
    return jsonify(pictures=[line(picture) for picture in page.pictures], next=page.next)


@bp.get("/jobs/<job_id>/kept.zip")
def kept(job_id: str) -> ResponseReturnValue:
    """The kept pictures, as on the page."""
    return downloads.kept(job_id)


@bp.delete("/jobs/<job_id>")
def delete(job_id: str) -> ResponseReturnValue:
    """Remove the job with its archive."""
    jobs.delete(stores(), jobs.get(stores(), job_id))
    return "", 204


def reference(job: Job) -> dict[str, Any]:
    """How to ask for a job again."""
    return {"ok": True, "id": job.id, "url": url_for("api.show", job_id=job.id, _external=True)}


def line(picture: Picture) -> dict[str, Any]:
    """A member as a script sees it."""
    return {
        "path": picture.path,
        "probability": picture.probability,
        "pile": picture.pile,
        "reason": picture.reason,
    }


def sent_confidence() -> float | None:
    """The confidence in the form; None for the user's own."""
    text = request.form.get("confidence", "").strip()
    try:
        value = float(text) if text else None
    except ValueError:
        value = -1.0
    if value is not None and not 0 <= value <= 1:
        raise UnprocessableEntity(f"confidence is a number from 0 to 1, not {text!r}.")
    return value


def asked_pile() -> Pile | None:
    """The pile in the address; None for all."""
    name = request.args.get("pile", "")
    if name and name not in list(Pile):
        raise UnprocessableEntity(f"pile is one of {', '.join(Pile)}, not {name!r}.")
    return Pile(name) if name else None


def asked_number(name: str, default: int) -> int:
    """A whole number in the address."""
    text = request.args.get(name, "")
    if text and not text.isdecimal():
        raise UnprocessableEntity(f"{name} is a whole number, not {text!r}.")
    return int(text) if text else default
