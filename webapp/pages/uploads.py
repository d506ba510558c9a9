"""The upload form."""

from __future__ import annotations

from itertools import chain
from typing import cast

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ml.errors import ArchiveError
from webapp.forms import UploadForm
from webapp.pages import home
from webapp.pages.context import get_stores, wants_json
from webapp.pages.streamed_upload import StreamedUploadRequest
from webapp.records import Job
from webapp.services import uploads

bp = Blueprint("uploads", __name__)


@bp.post("/uploads")
def create() -> ResponseReturnValue:
    """Make jobs of the uploaded files and go to them."""
    form = UploadForm()
    if not form.validate_on_submit():
        return refuse(" ".join(chain(*form.errors.values())))
    received = cast("StreamedUploadRequest", request).list_uploads("archive")
    try:
        jobs = uploads.accept(get_stores(), received, confidence=form.confidence.data)
    except ArchiveError as error:
        return refuse(str(error))
    return go_to_jobs(jobs)


def go_to_jobs(jobs: list[Job]) -> ResponseReturnValue:
    """Redirect to the new job, or to the list if there are several."""
    url = url_for("jobs.show", job_id=jobs[0].id) if len(jobs) == 1 else url_for("job_list.index")
    return ({"ok": True, "url": url}, 201) if wants_json() else redirect(url, 303)


def refuse(sentence: str) -> ResponseReturnValue:
    """Answer with the reason, beside the drop zone or as JSON."""
    if wants_json():
        return {"ok": False, "error": sentence}, 422
    return home.render_home(refused=sentence), 422
