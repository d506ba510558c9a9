"""Downloads: piles and selections as archives, and the report. All of them stream."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import chain
from urllib.parse import quote

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from ml.scoring.piles import Pile
from ml.sieve.sidecars import SidecarKind
from webapp.errors import ResultChanged
from webapp.forms import SelectionForm, find_first_error
from webapp.pages.context import get_stores, wants_json
from webapp.pages.ranges import send_export
from webapp.records import Job
from webapp.safe_names import mask_hostile
from webapp.services import downloads, jobs, review
from webapp.services.downloads import Seen
from webapp.storage.picture_query import Shown

bp = Blueprint("downloads", __name__)
BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet reads letters beyond ASCII wrongly."""
WITH_PROBABILITY = "probability"
"""The value of `names` in an address whose zip has the probability in the pictures' names."""
STEM_LENGTH = 150
"""Characters of the archive's name in a file name: most file systems allow 255 bytes."""


@bp.get("/jobs/<job_id>/kept.zip")
def kept(job_id: str) -> ResponseReturnValue:
    return stream_piles(job_id, Pile.KEPT)


@bp.get("/jobs/<job_id>/kept-and-unsure.zip")
def kept_and_unsure(job_id: str) -> ResponseReturnValue:
    return stream_piles(job_id, Pile.KEPT, Pile.UNSURE)


@bp.get("/jobs/<job_id>/rejected.zip")
def rejected(job_id: str) -> ResponseReturnValue:
    return stream_piles(job_id, Pile.REJECTED)


@bp.get("/jobs/<job_id>/kept-largest.zip")
def kept_largest(job_id: str) -> ResponseReturnValue:
    return stream_piles(job_id, Pile.KEPT, only_largest=True)


def stream_piles(job_id: str, *piles: Pile, only_largest: bool = False) -> Response:
    """Stream the archive with only these piles' pictures. Its length is known in advance."""
    job = jobs.get(get_stores(), job_id)
    seen = read_seen()
    try:
        export = downloads.export_piles(
            get_stores(),
            job,
            piles,
            seen,
            only_largest=only_largest,
            with_probability=read_with_probability(),
            sidecars=read_sidecars(),
        )
    except ResultChanged:
        if wants_json() or seen is None:
            raise
        return explain_change(job_id, piles, seen)
    name = "-and-".join(piles) + ("-largest" if only_largest else "")
    return attach(send_export(export), job, f"{name}.zip")


def read_sidecars() -> SidecarKind | None:
    """Return the program for which the pictures get sidecars; None: none."""
    name = request.args.get("sidecars", "")
    if name and name not in list(SidecarKind):
        known = ", ".join(SidecarKind)
        raise UnprocessableEntity(f"sidecars is one of {known}; received {name!r}.")
    return SidecarKind(name) if name else None


def read_with_probability() -> bool:
    """Tell whether the pictures' names in the zip have the probability."""
    names = request.args.get("names", "")
    if names and names != WITH_PROBABILITY:
        raise UnprocessableEntity(f"names is {WITH_PROBABILITY} or empty; received {names!r}.")
    return names == WITH_PROBABILITY


def read_seen() -> Seen | None:
    """Return what the page showed; None for a download that does not come from a page."""
    state = request.args.get("state")
    count = request.args.get("count", None, int)
    return Seen(state=state, count=count) if state else None


def explain_change(job_id: str, piles: Sequence[Pile], seen: Seen) -> Response:
    """Say what the page showed and what is true now, and offer both ways on."""
    result = review.read_result(get_stores(), job_id, Pile.KEPT, Shown.ALL, after=0, limit=1)
    count = sum(result.summary.piles[pile] for pile in piles)
    page = render_template(
        "jobs/changed.html",
        job=result.job,
        piles=piles,
        before=seen.count,
        count=count,
        bytes=sum(result.bytes[pile] for pile in piles),
        again=url_for(
            str(request.endpoint),
            job_id=job_id,
            state=result.state,
            count=count,
            names=request.args.get("names"),
            sidecars=read_sidecars(),
        ),
    )
    return make_response(page, 409)


@bp.post("/jobs/<job_id>/selections")
def select(job_id: str) -> ResponseReturnValue:
    """Store the selected pictures and go to their download, which can then be continued."""
    form = SelectionForm()
    if not form.validate_on_submit():
        raise UnprocessableEntity(find_first_error(form))
    name = downloads.save_selection(get_stores(), job_id, form.numbers.data)
    return redirect(url_for("downloads.selected", job_id=job_id, name=name), 303)


@bp.get("/jobs/<job_id>/selections/<name>.zip")
def selected(job_id: str, name: str) -> ResponseReturnValue:
    job = jobs.get(get_stores(), job_id)
    export = downloads.export_selection(get_stores(), job, name)
    return attach(send_export(export), job, "selected.zip")


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
