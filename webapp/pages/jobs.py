"""A job's page: waiting, running, or its result."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ml.errors import MonaError
from ml.scoring.piles import Pile
from webapp.pages.arguments import read_pile, read_shown
from webapp.pages.at_work import describe_progress, draw_scores
from webapp.pages.context import get_stores
from webapp.pages.gallery import PAGE, read_offset
from webapp.pages.verdicts import describe_history
from webapp.records import Job, JobState
from webapp.services import folders, histogram, jobs, preferences, review, scores, trash
from webapp.storage.picture_query import Shown

bp = Blueprint("jobs", __name__)
SIEVE_AGAIN = "Sieve again"
CONTINUE = "Continue"


@bp.get("/jobs/<job_id>")
def show(job_id: str) -> ResponseReturnValue:
    """Progress while the job runs, then the result."""
    if jobs.get(get_stores(), job_id).state.is_over or "pile" in request.args:
        return render_result(job_id, read_pile() or Pile.KEPT, read_shown(), read_offset())
    job, progress = jobs.read_progress(get_stores(), job_id)
    bars = histogram.read_histogram(get_stores(), job_id)
    return render_template(
        "jobs/running.html",
        job=job,
        progress=progress,
        words=describe_progress(progress, job.target_title),
        bars=list(zip(bars, draw_scores(bars), strict=True)),
    )


def render_result(job_id: str, pile: Pile, shown: Shown, after: int) -> str:
    """Return the result page with one pile open."""
    result = review.read_result(get_stores(), job_id, pile, shown, after=after, limit=PAGE)
    source = folders.find_source(get_stores(), result.job)
    return render_template(
        "jobs/result.html",
        job=result.job,
        source=source,
        is_source_allowed=source is not None and folders.is_allowed(get_stores(), source),
        pile=pile,
        show=shown,
        shown=result.shown,
        reasons=result.reasons,
        summary=result.summary,
        piles=result.summary.piles,
        is_nothing_scored=result.is_nothing_scored,
        bytes=result.bytes,
        # A running job changes all the time; its counts are those of the moment.
        piles_state=result.state if result.job.state.is_over else None,
        page=result.page,
        choices=scores.list_choices(get_stores(), result.job, result.targets),
        is_backbone_gone=scores.is_backbone_gone(get_stores(), result.job),
        rescore_label=label_rescore(result.job),
        deletion=compute_deletion_date(result.job),
        certificate=result.certificate,
        has_variants=result.has_variants,
        split_variants=result.split_variants,
        history=describe_history(result.history, result.job.target_title),
    )


def label_rescore(job: Job) -> str | None:
    """Return the label of the button that queues an ended job again; None for no button."""
    if not job.state.is_over or not job.total:  # something that was no archive has no files
        return None
    try:
        if jobs.needs_rescore(get_stores(), job):
            return SIEVE_AGAIN
    except MonaError:  # the target is missing or damaged; the page Characters gives the reason
        return None
    return None if job.state is JobState.SUCCEEDED else CONTINUE


def compute_deletion_date(job: Job) -> datetime | None:
    """Return when an ended job will be deleted; None: never."""
    days = preferences.get(get_stores()).retention_days
    return job.finished + timedelta(days=days) if job.finished and days else None


@bp.get("/jobs/<job_id>/progress.json")
def progress(job_id: str) -> ResponseReturnValue:
    """Progress, for the page that asks every second."""
    job, now = jobs.read_progress(get_stores(), job_id)
    words = describe_progress(now, job.target_title)
    about = {
        "finished": now.finished,
        "can_be_put_first": now.can_be_put_first,
        "scores": draw_scores(histogram.read_histogram(get_stores(), job_id)),
    }
    return jsonify(dataclasses.asdict(now) | words | about)


@bp.post("/jobs/<job_id>/first")
def put_first(job_id: str) -> ResponseReturnValue:
    """Serve this job before the others."""
    jobs.put_first(get_stores(), job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/jobs/<job_id>/start")
def start(job_id: str) -> ResponseReturnValue:
    jobs.start(get_stores(), job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    jobs.cancel(get_stores(), job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/jobs/<job_id>/rescore")
def rescore(job_id: str) -> ResponseReturnValue:
    """Continue where the job stopped, or sieve it again with the installed target."""
    job = jobs.get(get_stores(), job_id)
    if label_rescore(job) == SIEVE_AGAIN:
        scores.update_scores(get_stores(), job_id)
    else:
        jobs.resume(get_stores(), job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/jobs/<job_id>/target")
def show_target(job_id: str) -> ResponseReturnValue:
    """Show the job's pictures by their scores for another character."""
    scores.show_target(get_stores(), job_id, request.form.get("target", ""))
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/jobs/<job_id>/delete")
def delete(job_id: str) -> ResponseReturnValue:
    """Put the job into the trash."""
    job = trash.discard(get_stores(), job_id)
    for_good = "" if job.is_in_trash else " for good, because the disk is full"
    flash(f"“{job.name}” is deleted{for_good}.")
    return redirect(url_for("job_list.index"), 303)
