"""Who is in this archive?"""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.pages.context import get_stores
from webapp.services import jobs, presence

bp = Blueprint("presence", __name__)


@bp.get("/jobs/<job_id>/characters")
def index(job_id: str) -> ResponseReturnValue:
    """List the characters of the archive with the estimated number of pictures of each."""
    job = jobs.get(get_stores(), job_id)
    characters = presence.list_presence(get_stores(), job)
    return render_template("presence/index.html", job=job, characters=characters)
