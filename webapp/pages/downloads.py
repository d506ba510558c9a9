"""What a user takes away: the piles as archives, the report. All of it streams."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from ml.scoring.piles import Pile
from webapp.pages.context import stores
from webapp.records import Job
from webapp.safe_names import plain
from webapp.services import downloads, jobs

bp = Blueprint("downloads", __name__)
STEM_LENGTH = 150
"""Characters of the archive's name that go into a file name: file systems end at 255 bytes."""


@bp.get("/jobs/<job_id>/kept.zip")
def kept(job_id: str) -> ResponseReturnValue:
    """The archive with only the kept pictures in it."""
    return pile_as_zip(jobs.get(stores(), job_id), Pile.KEPT)


@bp.get("/jobs/<job_id>/rejected.zip")
def rejected(job_id: str) -> ResponseReturnValue:
    """The archive with only the rejected pictures in it."""
    return pile_as_zip(jobs.get(stores(), job_id), Pile.REJECTED)


def pile_as_zip(job: Job, pile: Pile) -> Response:
    """A pile as a stream whose length is known before its first byte."""
    export = downloads.export(stores(), job, pile)
    response = Response(export.chunks, mimetype="application/zip")
    response.headers["Content-Length"] = str(export.length)
    return attached(response, job, f"{pile}.zip")


@bp.get("/jobs/<job_id>/report.csv")
def report_csv(job_id: str) -> ResponseReturnValue:
    """A line for every member, for a spreadsheet."""
    job = jobs.get(stores(), job_id)
    lines = downloads.report_csv(stores(), job)
    return attached(Response(lines, mimetype="text/csv"), job, "report.csv")


@bp.get("/jobs/<job_id>/report.json")
def report_json(job_id: str) -> ResponseReturnValue:
    """The same for a program."""
    job = jobs.get(stores(), job_id)
    lines = downloads.report_json(stores(), job)
    return attached(Response(lines, mimetype="application/json"), job, "report.json")


def attached(response: Response, job: Job, what: str) -> Response:
    """Have the browser save it, under the name of the archive and what it is (RFC 6266, 5987)."""
    name = file_name(job.name, what)
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    quotable = " ".join(ascii_name.replace("\\", "").replace('"', "").split())
    disposition = f'attachment; filename="{quotable}"'
    if quotable != name:
        disposition += f"; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Disposition"] = disposition
    response.headers["Cache-Control"] = "no-store"
    return response


def file_name(archive: str, what: str) -> str:
    """("holiday.zip", "kept.zip") -> "holiday-kept.zip"; no folder, nothing hidden or hostile."""
    stem = plain(archive).replace("\\", "/").rpartition("/")[2].replace("\ufffd", "")
    stem = stem[: -len(".zip")] if stem.lower().endswith(".zip") else stem
    return f"{stem.strip(' .')[:STEM_LENGTH] or 'pictures'}-{what}"
