"""Downloads: the piles as archives, and the report. All of them stream."""

from __future__ import annotations

import unicodedata
from itertools import chain
from urllib.parse import quote

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from ml.scoring.piles import Pile
from webapp.pages.context import get_stores
from webapp.pages.ranges import send_export
from webapp.records import Job
from webapp.safe_names import mask_hostile
from webapp.services import downloads, jobs

bp = Blueprint("downloads", __name__)
BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet reads letters beyond ASCII wrongly."""
STEM_LENGTH = 150
"""Characters of the archive's name in a file name: most file systems allow 255 bytes."""


@bp.get("/jobs/<job_id>/kept.zip")
def kept(job_id: str) -> ResponseReturnValue:
    return stream_pile(jobs.get(get_stores(), job_id), Pile.KEPT)


@bp.get("/jobs/<job_id>/rejected.zip")
def rejected(job_id: str) -> ResponseReturnValue:
    return stream_pile(jobs.get(get_stores(), job_id), Pile.REJECTED)


def stream_pile(job: Job, pile: Pile) -> Response:
    """Stream the archive with only this pile's pictures. Its length is known in advance."""
    export = downloads.export_pile(get_stores(), job, pile)
    return attach(send_export(export), job, f"{pile}.zip")


@bp.get("/jobs/<job_id>/report.csv")
def report_csv(job_id: str) -> ResponseReturnValue:
    """A line for every member."""
    job = jobs.get(get_stores(), job_id)
    lines = chain((BYTE_ORDER_MARK,), downloads.report_csv(get_stores(), job))
    return attach(Response(lines, mimetype="text/csv"), job, "report.csv")


@bp.get("/jobs/<job_id>/report.json")
def report_json(job_id: str) -> ResponseReturnValue:
    """An object for every member."""
    job = jobs.get(get_stores(), job_id)
    lines = downloads.report_json(get_stores(), job)
    return attach(Response(lines, mimetype="application/json"), job, "report.json")


def attach(response: Response, job: Job, suffix: str) -> Response:
    """Let the browser save the answer under the archive's name and `suffix` (RFC 6266, 5987)."""
    name = make_file_name(job.name, suffix)
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    quotable = " ".join(ascii_name.replace("\\", "").replace('"', "").split())
    disposition = f'attachment; filename="{quotable}"'
    if quotable != name:
        disposition += f"; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Disposition"] = disposition
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def make_file_name(archive: str, suffix: str) -> str:
    """("holiday.zip", "kept.zip") -> "holiday-kept.zip"; no folder, nothing hidden or hostile."""
    stem = mask_hostile(archive).replace("\\", "/").rpartition("/")[2].replace("\ufffd", "")
    stem = stem[: -len(".zip")] if stem.lower().endswith(".zip") else stem
    return f"{stem.strip(' .')[:STEM_LENGTH] or 'pictures'}-{suffix}"
