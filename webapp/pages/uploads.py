"""The upload form."""

from __future__ import annotations

from itertools import chain
from typing import cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from ml.errors import ArchiveError
from webapp.forms import LookForm, UploadForm, find_first_error
from webapp.pages import home
from webapp.pages.at_work import describe_early_look
from webapp.pages.context import get_stores, wants_json
from webapp.pages.streamed_upload import StreamedUploadRequest
from webapp.pages.strictness import OWN, find_confidence
from webapp.records import Job
from webapp.services import early_look, preferences, resumable, targets, uploads

bp = Blueprint("uploads", __name__)


@bp.post("/uploads")
def create() -> ResponseReturnValue:
    """Make jobs of the uploaded files and go to them."""
    form = UploadForm()
    if not form.validate_on_submit():
        return refuse(" ".join(chain(*form.errors.values())))
    received = cast("StreamedUploadRequest", request).list_uploads("archive")
    try:
        jobs = uploads.accept(
            get_stores(),
            received,
            target=form.target.data or None,
            confidence=choose_confidence(form),
        )
    except ArchiveError as error:
        return refuse(str(error))
    return go_to_jobs(jobs)


@bp.post("/uploads/look")
def look() -> ResponseReturnValue:
    """Say what some pictures are like while the others are still on their way."""
    form = LookForm()
    if not form.validate_on_submit():
        raise UnprocessableEntity(find_first_error(form))
    title = targets.get(get_stores(), form.target.data).card.title
    received = cast("StreamedUploadRequest", request).list_uploads("picture")
    found = early_look.take_look(get_stores(), form.target.data, [one.file for one in received])
    sentence = describe_early_look(found, total=form.total.data, title=title)
    return {"ok": True, "sentence": sentence}


def refuse_large_look() -> None:
    """Refuse pictures to look at by their length. Raises UploadTooLarge."""
    if request.endpoint == f"{bp.name}.{look.__name__}":
        early_look.check_length(request.content_length or 0)


@bp.get("/uploads/new")
def new() -> ResponseReturnValue:
    """The upload form alone, for files that are dropped on another page."""
    return render_template("home/_dialog.html", **home.describe_upload())


@bp.post("/uploads/<upload_id>/cancel")
def cancel(upload_id: str) -> ResponseReturnValue:
    """Delete what has arrived of an unfinished upload."""
    resumable.cancel(get_stores(), upload_id)
    return redirect(url_for("home.index"), 303)


def choose_confidence(form: UploadForm) -> float | None:
    """Return the confidence that the form names, by a choice or by a number."""
    own: float | None = form.confidence.data
    if form.strictness.data in (None, "", OWN):
        return own
    name = form.target.data or preferences.get(get_stores()).target
    return find_confidence(targets.get(get_stores(), name).card, form.strictness.data)


def go_to_jobs(jobs: list[Job]) -> ResponseReturnValue:
    """Redirect to the new job, or to the list if there are several."""
    url = url_for("jobs.show", job_id=jobs[0].id) if len(jobs) == 1 else url_for("job_list.index")
    return ({"ok": True, "url": url}, 201) if wants_json() else redirect(url, 303)


def refuse(sentence: str) -> ResponseReturnValue:
    """Answer with the reason, beside the drop zone or as JSON."""
    if wants_json():
        return {"ok": False, "error": sentence}, 422
    return home.render_home(refused=sentence), 422
