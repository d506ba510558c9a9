"""A job's pictures as files for the browser."""

from __future__ import annotations

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.pages.context import get_stores
from webapp.pages.security import PICTURE_POLICY
from webapp.services import jobs, pictures

bp = Blueprint("pictures", __name__)
FOREVER = "private, max-age=31536000, immutable"
"""A job's id is never used again, and its pictures never change."""


@bp.get("/jobs/<job_id>/thumbnails/<int:number>.jpg")
def thumbnail(job_id: str, number: int) -> ResponseReturnValue:
    """A picture's thumbnail, 384 pixels on its long side."""
    file = pictures.find_thumbnail(get_stores(), job_id, number)
    if file is None:
        raise NotFound
    response = send_file(file, mimetype="image/jpeg", conditional=True)
    response.headers["Cache-Control"] = FOREVER
    return response


@bp.get("/jobs/<job_id>/pictures/<int:number>")
def original(job_id: str, number: int) -> ResponseReturnValue:
    """A picture from the archive. It may be hostile, so its policy lets the browser run nothing."""
    content, mimetype = pictures.read_original(get_stores(), jobs.get(get_stores(), job_id), number)
    if isinstance(content, bytes):
        response = Response(content, mimetype=mimetype)
    else:
        response = send_file(content, mimetype=mimetype, conditional=True)
    response.headers["Cache-Control"] = FOREVER
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    return response
