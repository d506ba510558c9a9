"""Resumable uploads: the protocol tus 1.0 (https://tus.io/protocols/resumable-upload).

Extensions: creation, creation-with-upload, termination, checksum and expiration. The answer to the
last part names the new job in the header `Job-Location`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC
from email.utils import format_datetime

from flask import Blueprint, Response, abort, make_response, request, url_for
from flask.typing import ResponseReturnValue

from webapp.errors import UploadTooLarge
from webapp.pages.context import get_stores
from webapp.services import resumable
from webapp.services.resumable import Arrived, Checksum

bp = Blueprint("tus", __name__, url_prefix="/files")
VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
ALGORITHMS = ("sha1", "sha256", "md5")
CONTENT = "application/offset+octet-stream"
PIECE = 16 * 1024
"""Bytes read at once. A broken line loses at most these, because a read waits for all of them.

A part of up to `webapp.config.LARGE_BYTES` is lost whole, because the worker waits for all of it.
"""


@bp.before_request
def require_version() -> None:
    """Refuse a client of another version of the protocol."""
    if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
        refusal = make_response(
            {"ok": False, "error": f"Send the header Tus-Resumable: {VERSION}."}
        )
        refusal.status_code = 412
        refusal.headers["Tus-Version"] = VERSION
        abort(refusal)


@bp.after_request
def add_version(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@bp.route("/", methods=["OPTIONS"], provide_automatic_options=False)
@bp.route("/<upload_id>", methods=["OPTIONS"], provide_automatic_options=False)
def options(upload_id: str = "") -> ResponseReturnValue:  # noqa: ARG001 - the same for all
    """Tell what the server can do."""
    return make_response(
        "",
        204,
        {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(get_stores().settings.max_upload_bytes),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        },
    )


@bp.post("/")
def create() -> ResponseReturnValue:
    """Make an upload, with its first bytes if the request has some."""
    length = read_number("Upload-Length")
    upload = resumable.create(
        get_stores(), length=length, metadata=request.headers.get("Upload-Metadata", "")
    )
    if request.mimetype == CONTENT or length == 0:
        response = append(upload.id, 0)
    else:
        response = describe(resumable.find(get_stores(), upload.id))
    response.status_code = 201
    response.headers["Location"] = url_for("tus.show", upload_id=upload.id)
    return response


@bp.route("/<upload_id>", methods=["HEAD"], provide_automatic_options=False)
def show(upload_id: str) -> ResponseReturnValue:
    """Tell how much is here."""
    arrived = resumable.find(get_stores(), upload_id)
    response = describe(arrived)
    response.status_code = 200
    response.headers["Upload-Length"] = str(arrived.upload.length)
    if arrived.upload.metadata:
        response.headers["Upload-Metadata"] = arrived.upload.metadata
    return response


@bp.patch("/<upload_id>")
def patch(upload_id: str) -> ResponseReturnValue:
    """Take the next part."""
    if request.mimetype != CONTENT:
        abort(415, f"Send the part as {CONTENT}, not as {request.mimetype or 'nothing'}.")
    return append(upload_id, read_number("Upload-Offset"))


@bp.delete("/<upload_id>")
def delete(upload_id: str) -> ResponseReturnValue:
    resumable.cancel(get_stores(), upload_id)
    return make_response("", 204)


@bp.post("/<upload_id>")
def override(upload_id: str) -> ResponseReturnValue:
    """Do what the header says, for networks that let neither PATCH nor DELETE through."""
    views = {"PATCH": patch, "DELETE": delete}
    view = views.get(request.headers.get("X-HTTP-Method-Override", "").upper())
    return view(upload_id) if view else abort(405, valid_methods=["HEAD", "PATCH", "DELETE"])


def append(upload_id: str, offset: int) -> Response:
    """Write the request's body at `offset`."""
    arrived = resumable.find(get_stores(), upload_id)
    sent = request.content_length or 0
    if offset + sent > arrived.upload.length:
        raise UploadTooLarge(
            f"That part would end at byte {offset + sent:,}, and the upload has "
            f"{arrived.upload.length:,}."
        )
    arrived, _ = resumable.append(
        get_stores(), upload_id, offset=offset, pieces=read_body(), checksum=read_checksum()
    )
    return describe(arrived)


def describe(arrived: Arrived) -> Response:
    """Return an empty answer with the upload's offset, its expiry, and the job it became."""
    response = make_response("", 204)
    response.headers["Upload-Offset"] = str(arrived.offset)
    if arrived.job_id:
        response.headers["Job-Location"] = url_for("jobs.show", job_id=arrived.job_id)
    else:
        expires = format_datetime(arrived.expires.astimezone(UTC), usegmt=True)
        response.headers["Upload-Expires"] = expires
    return response


def read_body() -> Iterator[bytes]:
    """Yield the body as it comes. Raises ClientDisconnected."""
    while piece := request.stream.read(PIECE):
        yield piece


def read_number(header: str) -> int:
    """Return a header that must hold a number."""
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        abort(400, f"The header {header} must be a whole number; received {text[:40]!r}.")
    return int(text)


def read_checksum() -> Checksum | None:
    """Return the checksum of the part, if the client sent one."""
    if not (text := request.headers.get("Upload-Checksum")):
        return None
    algorithm, _, encoded = text.partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except ValueError:
        digest = b""
    if algorithm not in ALGORITHMS or len(digest) != hashlib.new(algorithm).digest_size:
        abort(400, f"Upload-Checksum is one of {', '.join(ALGORITHMS)} and its Base64 digest.")
    return Checksum(algorithm, digest)
