"""Who is in this archive? And a download with a folder for each character."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from webapp.pages.context import get_stores
from webapp.pages.downloads import attach
from webapp.pages.ranges import send_export
from webapp.services import character_folders, jobs, presence
from webapp.services.character_folders import Several

bp = Blueprint("presence", __name__)


@bp.get("/jobs/<job_id>/characters")
def index(job_id: str) -> ResponseReturnValue:
    """List the characters of the archive with the estimated number of pictures of each."""
    job = jobs.get(get_stores(), job_id)
    characters = presence.list_presence(get_stores(), job)
    return render_template("presence/index.html", job=job, characters=characters)


@bp.post("/jobs/<job_id>/characters")
def plan(job_id: str) -> ResponseReturnValue:
    """Sort the pictures of the chosen characters into folders, and show what the zip will hold."""
    several = request.form.get("several", "")
    if several not in list(Several):
        raise UnprocessableEntity(f"several is one of {', '.join(Several)}; received {several!r}.")
    name = character_folders.save_plan(
        get_stores(), job_id, request.form.getlist("folder"), Several(several)
    )
    return redirect(url_for("presence.show_plan", job_id=job_id, plan=name), 303)


@bp.get("/jobs/<job_id>/characters/<plan>")
def show_plan(job_id: str, plan: str) -> ResponseReturnValue:
    """Say the sizes of the folders before the download."""
    return render_template(
        "presence/plan.html",
        job=jobs.get(get_stores(), job_id),
        plan=plan,
        content=character_folders.read_plan(get_stores(), job_id, plan),
    )


@bp.get("/jobs/<job_id>/characters/<plan>.zip")
def download(job_id: str, plan: str) -> ResponseReturnValue:
    """One zip with a folder for each character."""
    job = jobs.get(get_stores(), job_id)
    export = character_folders.export_plan(get_stores(), job, plan)
    return attach(send_export(export), job, "characters.zip")
