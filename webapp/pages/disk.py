"""What takes the room on the disk, with a button beside each job that frees it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.pages.context import get_stores
from webapp.services import disk_usage, preferences, trash

bp = Blueprint("disk", __name__)


@bp.get("/disk")
def index() -> ResponseReturnValue:
    return render_template(
        "disk/index.html",
        disk=disk_usage.measure_disk(get_stores()),
        retention_days=preferences.get(get_stores()).retention_days,
    )


@bp.post("/disk/<job_id>/trash")
def discard(job_id: str) -> ResponseReturnValue:
    """Put a job into the trash."""
    job = trash.discard(get_stores(), job_id)
    flash(f"“{job.name}” is in the trash. Its room is free once the trash is emptied.")
    return redirect(url_for("disk.index"), 303)


@bp.post("/disk/<job_id>/restore")
def restore(job_id: str) -> ResponseReturnValue:
    """Take a job out of the trash."""
    job = trash.restore(get_stores(), job_id)
    flash(f"“{job.name}” is back.")
    return redirect(url_for("disk.index"), 303)


@bp.post("/disk/<job_id>/delete")
def delete(job_id: str) -> ResponseReturnValue:
    """Delete a job in the trash for good."""
    job = trash.delete_for_good(get_stores(), job_id)
    flash(f"“{job.name}” is deleted for good.")
    return redirect(url_for("disk.index"), 303)


@bp.post("/disk/empty-trash")
def empty_trash() -> ResponseReturnValue:
    """Delete all jobs in the trash for good."""
    trash.empty(get_stores())
    flash("The trash is empty.")
    return redirect(url_for("disk.index"), 303)
