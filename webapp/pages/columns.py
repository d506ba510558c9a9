"""Data of the result page: its pictures as columns, their names, the state of the piles.

`columns.bin` is a length (4 bytes, little-endian), a JSON header of that length, and then the
columns that the header names, one after the other.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from webapp.pages.arguments import read_number
from webapp.pages.context import get_stores
from webapp.safe_names import mask_hostile
from webapp.services import columns
from webapp.services.columns import PictureColumns

bp = Blueprint("columns", __name__)
ALIGNMENT = 4
"""The first column begins at a multiple of this."""


@bp.get("/jobs/<job_id>/columns.bin")
def scored(job_id: str) -> ResponseReturnValue:
    """All scored pictures, rising by evidence."""
    data = pack(columns.read_columns(get_stores(), job_id))
    response = Response(data, mimetype="application/octet-stream")
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/jobs/<job_id>/names.json")
def names(job_id: str) -> ResponseReturnValue:
    """Names of members, as a person may see them, a part at a time."""
    found, has_more = columns.list_names(get_stores(), job_id, after=read_number("after", -1))
    return jsonify(
        numbers=[number for number, _ in found],
        names=[mask_hostile(path) for _, path in found],
        next=found[-1][0] if has_more else None,
    )


@bp.get("/jobs/<job_id>/state.json")
def state(job_id: str) -> ResponseReturnValue:
    """The state of the piles; it changes when another window changes them."""
    return jsonify(state=columns.read_state(get_stores(), job_id))


def pack(pictures: PictureColumns) -> bytes:
    """Pack the header and the columns."""
    table, job = pictures.table, pictures.job
    names = table.dtype.names or ()
    header = {
        "count": len(table),
        "columns": {name: table[name].dtype.str for name in names},
        "kept": job.threshold,
        "unsure": job.unsure_threshold,
        "prevalence": job.prevalence,
        "state": pictures.state,
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    parts = [len(text).to_bytes(4, "little"), text]
    parts += [table[name].tobytes() for name in names]
    return b"".join(parts)
