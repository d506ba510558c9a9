"""The choice of how an archive's names are read."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.pages.context import get_stores
from webapp.services import names

bp = Blueprint("names", __name__)


@bp.post("/jobs/<job_id>/names")
def change(job_id: str) -> ResponseReturnValue:
    """Read the names in the chosen encoding."""
    names.change_encoding(get_stores(), job_id, request.form.get("encoding", ""))
    return redirect(url_for("jobs.show", job_id=job_id), 303)
