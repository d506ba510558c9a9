"""Copies of a job's kept pictures: what would be copied, what was, and the way back."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.copy_records import CopyPlan
from webapp.errors import FolderRefused
from webapp.pages.context import get_stores
from webapp.services import copies, jobs, preferences

bp = Blueprint("copies", __name__)


@bp.get("/jobs/<job_id>/copies")
def index(job_id: str) -> ResponseReturnValue:
    """Show what copying to the address's `folder` would do, and the copies so far."""
    return render_page(job_id, request.args.get("folder"))


def render_page(job_id: str, wanted: str | None) -> tuple[str, int]:
    """Return the page with its status."""
    job = jobs.get(get_stores(), job_id)
    folder = preferences.get(get_stores()).copy_folder if wanted is None else wanted.strip()
    plan: CopyPlan | None = None
    refused = ""
    try:
        plan = copies.plan_copy(get_stores(), job_id, folder) if job.state.is_over else None
    except FolderRefused as error:
        refused = str(error)
    page = render_template(
        "copies/index.html",
        job=job,
        folder=folder,
        plan=plan,
        refused=refused,
        copies=copies.list_copies(get_stores(), job_id),
        storage_root=get_stores().files.storage_root,
    )
    return page, 422 if refused else 200


@bp.post("/jobs/<job_id>/copies")
def create(job_id: str) -> ResponseReturnValue:
    """Copy the kept pictures."""
    folder = request.form.get("folder", "").strip()
    try:
        copies.request_copy(get_stores(), job_id, folder)
    except FolderRefused:
        return render_page(job_id, folder)
    return redirect(url_for("copies.index", job_id=job_id, folder=folder), 303)


@bp.post("/jobs/<job_id>/copies/<int:copy_id>/return")
def take_back(job_id: str, copy_id: int) -> ResponseReturnValue:
    """Remove the copies that nobody changed since."""
    copies.request_return(get_stores(), job_id, copy_id)
    return redirect(url_for("copies.index", job_id=job_id), 303)
