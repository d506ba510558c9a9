"""What each confidence costs: estimated mistakes for the slider."""

from __future__ import annotations

import dataclasses

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from ml.scoring.archive_curve import END
from ml.scoring.mistakes import Estimates
from webapp.pages.context import get_stores
from webapp.services import certificate, jobs, variants
from webapp.services.mistakes import STEPS_END, read_mistakes

bp = Blueprint("mistakes", __name__)


@bp.get("/jobs/<job_id>/mistakes.json")
def show(job_id: str) -> ResponseReturnValue:
    """Columns at every step of log-odds; `verdicts` and `caution` say how good they are.

    `steps_end` is the log-odds of the last step, the negative of the first step's.
    `curve` says how many of the pictures show the target, at even steps of evidence from the
    negative of `curve_end` to `curve_end`.
    `certificate` and `split`, which is about variants in several piles, are parts of the page.
    `misses` says how many pictures to look at (`to_look_at`) until nearly all of them are found.
    """
    mistakes = read_mistakes(get_stores(), job_id)
    return jsonify(
        wrong=describe(mistakes.wrong),
        left_behind=describe(mistakes.left_behind),
        steps_end=STEPS_END,
        curve=[round(value, 6) for value in mistakes.curve.tolist()],
        curve_end=END,
        misses=dataclasses.asdict(mistakes.misses),
        verdicts=mistakes.verdicts,
        certificate=render_certificate(job_id),
        split=render_split(job_id),
        caution=mistakes.caution,
    )


def render_certificate(job_id: str) -> str | None:
    """Return what the page says about the checked sample, which another border outdates."""
    sample = certificate.read_certificate(get_stores(), job_id)
    if sample is None:
        return None
    job = jobs.get(get_stores(), job_id)
    return render_template("certificate/_sentence.html", job=job, certificate=sample)


def render_split(job_id: str) -> str | None:
    """Return what the page says about variants in several piles."""
    split = variants.count_split_groups(get_stores(), job_id)
    if not split:
        return None
    job = jobs.get(get_stores(), job_id)
    return render_template("variants/_split.html", job=job, split_variants=split)


def describe(estimates: Estimates) -> dict[str, list[int]]:
    """Return whole pictures: the median and the ends of the 90 % interval."""
    return {
        name: [round(value) for value in getattr(estimates, name).tolist()]
        for name in ("low", "middle", "high")
    }
