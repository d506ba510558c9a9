"""The JSON API, on the same services as the pages. README.md documents it."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity, UnsupportedMediaType

from webapp.pages import downloads
from webapp.pages.arguments import read_confidence, read_number, read_pile
from webapp.pages.context import get_stores
from webapp.pages.streamed_upload import StreamedUploadRequest
from webapp.records import Job, Picture
from webapp.safe_names import mask_hostile
from webapp.services import deletion, jobs, review, uploads

bp = Blueprint("api", __name__, url_prefix="/api/v1")
DEFAULT_LIMIT = 100
MAX_LIMIT = 1000

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded", "")  # "": no body


@bp.post("/jobs")
def create() -> ResponseReturnValue:
    """Make one job for an archive or for loose pictures; several archives make several jobs."""
    if request.mimetype not in _FORMS:
        raise UnsupportedMediaType(
            "Send a form (multipart/form-data) with the file in its field 'archive', "
            f"not {mask_hostile(request.mimetype)}."
        )
    received = cast("StreamedUploadRequest", request).list_uploads("archive")
    if not received and request.files:
        fields = ", ".join(repr(mask_hostile(name)) for name in request.files)
        raise UnprocessableEntity(f"The files belong in the field 'archive', not in {fields}.")
    # A script has no Start button, so its jobs are queued even if the settings say to wait.
    created = uploads.accept(
        get_stores(), received, confidence=read_confidence(), start_at_once=True
    )
    references = [describe_job(job) for job in created]
    answer = jsonify({"ok": True, "jobs": references} | references[0])
    answer.headers["Location"] = references[0]["url"]
    return answer, 201


@bp.get("/jobs/<job_id>")
def show(job_id: str) -> ResponseReturnValue:
    """State, progress and the piles' counts."""
    job, progress = jobs.read_progress(get_stores(), job_id)
    return jsonify(
        describe_job(job)
        | {
            "ok": True,
            "name": job.name,
            "state": progress.state,
            "done": progress.done,
            "total": progress.total,
            "piles": review.count_piles(get_stores(), job),
            "pictures_per_second": progress.pictures_per_second,
            "confidence": job.confidence,
            "error": progress.error,
            "blocked_by": progress.blocked_by,
        }
    )


@bp.get("/jobs/<job_id>/pictures")
def pictures(job_id: str) -> ResponseReturnValue:
    """Members in the archive's order, a page at a time."""
    after, limit = read_number("after", -1), read_number("limit", DEFAULT_LIMIT)
    page = review.list_pictures(
        get_stores(),
        jobs.get(get_stores(), job_id),
        read_pile(),
        after=after,
        limit=min(limit, MAX_LIMIT),
    )
    fields = [describe_picture(picture) for picture in page.pictures]
    return jsonify(pictures=fields, next=page.next)


@bp.get("/jobs/<job_id>/kept.zip")
def kept(job_id: str) -> ResponseReturnValue:
    """The kept pictures, as on the page."""
    return downloads.kept(job_id)


@bp.delete("/jobs/<job_id>")
def delete(job_id: str) -> ResponseReturnValue:
    deletion.delete(get_stores(), job_id)
    return "", 204


def describe_job(job: Job) -> dict[str, Any]:
    """Return a job's id and its address in the API."""
    return {"id": job.id, "url": url_for("api.show", job_id=job.id, _external=True)}


def describe_picture(picture: Picture) -> dict[str, Any]:
    """Return a member's fields for a script."""
    return {
        "path": picture.path,
        "probability": picture.probability,
        "pile": picture.pile,
        "reason": picture.reason,
    }
