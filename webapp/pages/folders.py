"""The form for a folder on the server."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ml.errors import ArchiveError
from webapp.errors import FolderRefused
from webapp.forms import FolderForm, find_first_error
from webapp.pages.context import get_stores
from webapp.pages.uploads import go_to_jobs, refuse
from webapp.services import folders

bp = Blueprint("folders", __name__)


@bp.post("/folders")
def create() -> ResponseReturnValue:
    """Make a job of the folder and go to it."""
    form = FolderForm()
    if not form.validate_on_submit():
        return refuse(find_first_error(form))
    try:
        job = folders.sieve_folder(
            get_stores(),
            form.folder.data or "",
            target=form.target.data or None,
            confidence=form.confidence.data,
        )
    except (ArchiveError, FolderRefused) as error:
        return refuse(str(error))
    return go_to_jobs([job])


@bp.post("/jobs/<job_id>/folder")
def sieve_again(job_id: str) -> ResponseReturnValue:
    """Make a new job of the job's folder as it is now, and go to it."""
    return go_to_jobs([folders.sieve_again(get_stores(), job_id)])
