"""A job's page: waiting, working, or its result."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ml.errors import MonaError
from ml.scoring.piles import Pile
from webapp.pages.context import stores
from webapp.pages.gallery import PAGE, asked_after, asked_pile
from webapp.records import HIGHEST, Job, JobState
from webapp.services import jobs, preferences, review

bp = Blueprint("jobs", __name__)
JOBS = 100
"""Jobs in one page of their list."""


@bp.get("/jobs")
def index() -> ResponseReturnValue:
    """Every job, the latest first."""
    after = min(asked_after(), HIGHEST)
    found = jobs.recent(stores(), after + JOBS + 1)[after:]
    older = after + JOBS if len(found) > JOBS else None
    return render_template(
        "jobs/index.html", jobs=found[:JOBS], kept=kept, after=after, older=older
    )


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
        again=again(job),
        deleted=deleted_on(job),
    )


def again(job: Job) -> str | None:
    """What else could be done with a job that is over: "Score again", "Go on"; None for nothing."""
    if not job.state.over:
        return None
    try:
        if jobs.needs_rescore(stores(), job):
            return "Score again"
    except MonaError:  # the target is gone or damaged, which its own page says
        return None
    return None if job.state is JobState.SUCCEEDED else "Go on"


def deleted_on(job: Job) -> datetime | None:
    """When a job that is over will be deleted; None for never."""
    days = preferences.get(stores()).retention_days
    return job.finished + timedelta(days=days) if job.finished and days else None


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
    """Go on where it stopped, or score it once more with the target as it is installed now."""
    jobs.rescore(stores(), jobs.get(stores(), job_id))
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/jobs/<job_id>/delete")
def delete(job_id: str) -> ResponseReturnValue:
    """Remove the job with its archive."""
    job = jobs.get(stores(), job_id)
    jobs.delete(stores(), job)
    flash(f"“{job.name}” is deleted.")
    return redirect(url_for("jobs.index"), 303)
