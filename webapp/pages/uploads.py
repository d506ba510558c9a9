"""Archives come in."""

from __future__ import annotations

from itertools import chain
from typing import cast

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ml.errors import ArchiveError
from webapp.forms import UploadForm
from webapp.pages import home
from webapp.pages.context import stores, wants_json
from webapp.pages.streamed_upload import LandingRequest
from webapp.records import Job
from webapp.services import uploads

bp = Blueprint("uploads", __name__)


@bp.post("/uploads")
def create() -> ResponseReturnValue:
    """Make jobs of what was uploaded and go to them."""
    form = UploadForm()
    if not form.validate_on_submit():
        return refusal(" ".join(chain(*form.errors.values())))
    received = cast("LandingRequest", request).uploads("archive")
    try:
        jobs = uploads.accept(stores(), received, confidence=form.confidence.data)
    except ArchiveError as error:
        return refusal(str(error))
    return created(jobs)


def created(jobs: list[Job]) -> ResponseReturnValue:
    """The way to the one new job, or to all of them."""
    url = url_for("jobs.show", job_id=jobs[0].id) if len(jobs) == 1 else url_for("jobs.index")
    return ({"ok": True, "url": url}, 201) if wants_json() else redirect(url, 303)


def refusal(sentence: str) -> ResponseReturnValue:
    """What was wrong, beside the drop zone or as JSON."""
    if wants_json():
        return {"ok": False, "error": sentence}, 422
    return home.page(refused=sentence), 422
