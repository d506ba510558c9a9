"""A job's page: waiting, working, or its result."""

from __future__ import annotations

import dataclasses

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ml.errors import MonaError
from ml.verdicts import Pile
from webapp.pages.context import stores
from webapp.pages.gallery import PAGE, asked_after, asked_pile
from webapp.records import Job
from webapp.services import jobs, review

bp = Blueprint("jobs", __name__)
ALL_JOBS = 200


@bp.get("/jobs")
def index() -> ResponseReturnValue:
    """Every job, the latest first."""
    return render_template("jobs/index.html", jobs=jobs.recent(stores(), ALL_JOBS), kept=kept)


@bp.get("/jobs/<job_id>")
def show(job_id: str) -> ResponseReturnValue:
    """Progress while it works, then the result."""
    job = jobs.get(stores(), job_id)
    if job.state.over or "pile" in request.args:
        return result(job, asked_pile(), asked_after())
    progress = jobs.progress(stores(), job)
    return render_template("jobs/running.html", job=job, progress=progress)


def result(job: Job, pile: Pile, after: int) -> str:
    """The result page, open at a pile."""
    return render_template(
        "jobs/result.html",
        job=job,
        pile=pile,
        after=after,
        piles=review.counts(stores(), job),
        summary=jobs.summary(stores(), job),
        page=review.gallery(stores(), job, pile, after=after, limit=PAGE),
        outdated=job.state.over and is_outdated(job),
    )


def is_outdated(job: Job) -> bool:
    """Another version of its target is installed, and it could be scored with that."""
    try:
        return jobs.needs_rescore(stores(), job)
    except MonaError:  # the target is gone or damaged, which its own page says
        return False


def kept(job: Job) -> int:
    """How many are kept, as a list of jobs shows it."""
    return jobs.progress(stores(), job).kept


@bp.get("/jobs/<job_id>/progress.json")
def progress(job_id: str) -> ResponseReturnValue:
    """How far it is, for the page that asks every second."""
    now = jobs.progress(stores(), jobs.get(stores(), job_id))
    return jsonify(dataclasses.asdict(now) | {"finished": now.finished})


@bp.post("/jobs/<job_id>/start")
def start(job_id: str) -> ResponseReturnValue:
    """Put a waiting job into the queue."""
    jobs.start(stores(), jobs.get(stores(), job_id))
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    """Stop it; what was done stays."""
    jobs.cancel(stores(), jobs.get(stores(), job_id))
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/jobs/<job_id>/rescore")
def rescore(job_id: str) -> ResponseReturnValue:
    """Score it once more, with the target as it is installed now."""
    jobs.rescore(stores(), jobs.get(stores(), job_id))
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/jobs/<job_id>/delete")
def delete(job_id: str) -> ResponseReturnValue:
    """Remove the job with its archive."""
    job = jobs.get(stores(), job_id)
    jobs.delete(stores(), job)
    flash(f"“{job.name}” is deleted.")
    return redirect(url_for("jobs.index"), 303)
