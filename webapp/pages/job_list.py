"""The list of jobs, and the news of jobs in any list."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from webapp.errors import NotFound
from webapp.pages.arguments import read_number
from webapp.pages.context import get_stores
from webapp.pages.filters import pluralize
from webapp.records import Job, JobOrder
from webapp.services import disk_usage, job_list, trash
from webapp.services.job_list import ListedJob

bp = Blueprint("job_list", __name__)
JOBS = 50
"""Jobs in one page of their list."""
LOOKS = ("row", "card")
"""The ways in which a list shows a job: macros of jobs/_listed.html."""


@bp.get("/jobs")
def index() -> ResponseReturnValue:
    """Jobs, searched and ordered as the address says."""
    search, order = request.args.get("search", "").strip(), read_order()
    after = read_number("after", 0)
    found = job_list.list_jobs(get_stores(), search=search, order=order, limit=JOBS + 1, skip=after)
    return render_template(
        "jobs/index.html",
        rows=found[:JOBS],
        search=search,
        order=order,
        after=after,
        further=after + JOBS if len(found) > JOBS else None,
        trash=list_trash(),
    )


def list_trash() -> list[tuple[Job, int]]:
    """Return the jobs in the trash, each with its bytes on the disk."""
    trashed = trash.list_trash(get_stores())
    sizes = disk_usage.measure_jobs(get_stores(), trashed)
    return [(job, sizes[job.id]) for job in trashed]


def read_order() -> JobOrder:
    """Return the order that the address names; the newest first if it names none."""
    name = request.args.get("order", JobOrder.NEWEST)
    if name not in list(JobOrder):
        raise UnprocessableEntity(f"order is one of {', '.join(JobOrder)}; received {name!r}.")
    return JobOrder(name)


@bp.get("/jobs.json")
def refresh() -> ResponseReturnValue:
    """The jobs of the address's `ids` as they are now, for lists that update themselves.

    A deleted job is left out.
    """
    look = request.args.get("look", "row")
    if look not in LOOKS:
        raise UnprocessableEntity(f"look is one of {', '.join(LOOKS)}; received {look!r}.")
    found = job_list.list_by_id(get_stores(), request.args.get("ids", "").split(","))
    return jsonify(jobs=[describe_listed_job(listed, look) for listed in found])


def describe_listed_job(listed: ListedJob, look: str) -> dict[str, str | bool]:
    """Return a job's fields for the script of a list."""
    return {
        "id": listed.job.id,
        "is_over": listed.job.state.is_over,
        "html": render_template("jobs/_refreshed.html", listed=listed, look=look),
    }


@bp.post("/jobs/<job_id>/name")
def rename(job_id: str) -> ResponseReturnValue:
    """Give a job another name, and go back to the page that sent it."""
    job_list.rename(get_stores(), job_id, request.form.get("name", ""))
    return redirect(url_for("job_list.index"), 303)


@bp.post("/jobs/delete")
def delete() -> ResponseReturnValue:
    """Put the selected jobs into the trash. One that is gone already is no error."""
    selected = request.form.getlist("job")
    if not selected:
        raise UnprocessableEntity("No job is selected. Tick the jobs that you want to delete.")
    flash(f"Deleted {pluralize(sum(map(delete_one, selected)), 'job')}.")
    return redirect(url_for("job_list.index"), 303)


def delete_one(job_id: str) -> bool:
    """Put a job into the trash. Returns False if there is none."""
    try:
        trash.discard(get_stores(), job_id)
    except NotFound:
        return False
    return True
