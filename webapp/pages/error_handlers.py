"""Errors as sentences: a page for a browser, `{"ok": false, "error": …}` for a script."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import cast

from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import (
    ClientDisconnected,
    HTTPException,
    MethodNotAllowed,
    RequestEntityTooLarge,
)

from ml.archive.limits import format_bytes
from ml.disk import is_disk_full
from ml.errors import MonaError, StorageFull
from webapp.errors import find_status
from webapp.pages.context import get_stores, wants_json
from webapp.pages.streamed_upload import StreamedUploadRequest

DRAIN_SECONDS = 20
"""For so long, the rest of a too large upload is read and dropped, because a browser shows the
answer only after it has sent everything."""
DRAIN_PIECE = 1024 * 1024

RETRY_SECONDS = "5"
"""After so long, a client may try again what was refused because others were busy."""

SENTENCES = {
    400: "That request could not be understood. Go back, reload the page and try again.",
    404: "This page doesn't exist. It may have been deleted.",
    405: "This address cannot be used that way.",
    408: "The upload stopped or came too slowly, so the connection was closed. Send it again.",
    500: "Something went wrong in MonaSieve. Details are in the log; "
    "your archives and results are unharmed.",
}


def register_error_handlers(app: Flask) -> None:
    """Register the handlers for MonaError, HTTP errors, a full disk and a broken body."""
    app.register_error_handler(MonaError, answer_mona_error)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(OSError, answer_full_disk)
    app.register_error_handler(ParseException, answer_broken_body)


def answer_mona_error(error: MonaError) -> Response:
    """Answer with the error's sentence."""
    response = answer(str(error), find_status(error))
    if response.status_code in (429, 503):
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def answer_full_disk(error: OSError) -> Response:
    """Answer with a sentence if the disk is full. Other errors of the system are bugs."""
    if not is_disk_full(error):
        raise error
    return answer_mona_error(
        StorageFull(
            "The disk is full. Make room, for instance by deleting old jobs, then try again."
        )
    )


def answer_broken_body(error: ParseException) -> Response:
    """Answer a client whose chunked body breaks the protocol."""
    return answer(f"The body of this request cannot be read: {error}. Send it again.", 400)


def answer_http_error(error: HTTPException) -> Response:
    """Answer an error of Flask or Werkzeug, or a bug (500)."""
    if isinstance(error, RequestEntityTooLarge):
        drain_request()
        return answer(explain_too_large(), 413)
    if isinstance(error, CSRFError):
        return answer("This page is too old to be sent. Reload it and try again.", 400)
    code = 408 if is_too_slow(error) else error.code or 500
    own_sentence = error.description if error.description != type(error).description else None
    sentence = own_sentence or SENTENCES.get(code) or error.description or error.name
    response = answer(sentence, code)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def is_too_slow(error: HTTPException) -> bool:
    """Tell whether a client sent its body too slowly, rather than hung up."""
    return isinstance(error, ClientDisconnected) and isinstance(error.__context__, TimeoutError)


def answer(sentence: str, status: int) -> Response:
    """Return the sentence as JSON for a script, as a page for a browser."""
    if wants_json():
        return make_response({"ok": False, "error": sentence}, status)
    page = render_template("errors/refused.html", sentence=sentence, status=status)
    return make_response(page, status)


def explain_too_large() -> str:
    """Return a sentence about the limit that the request broke: bytes, files or form fields."""
    settings = get_stores().settings
    max_bytes, max_files = settings.max_upload_bytes, settings.max_members
    if len(cast("StreamedUploadRequest", request).written_files) > max_files:
        return (
            f"That upload has more than {max_files:,} files, the limit. Pack them as several zips, "
            "or raise MONASIEVE_MAX_MEMBERS."
        )
    length = request.content_length
    if length is not None and length <= max_bytes:
        return "A field of that form is far too long, or there are too many of them."
    # A chunked body has no content length.
    received = f"has {format_bytes(length)}" if length else "is larger"
    return (
        f"That upload {received}; the limit is {format_bytes(max_bytes)}. Split the archive into "
        "smaller ones, or raise MONASIEVE_MAX_UPLOAD_BYTES."
    )


def drain_request() -> None:
    """Read and drop the rest of the request's body, while it comes."""
    end = time.monotonic() + DRAIN_SECONDS
    left = request.content_length or 0
    stream = request.environ["wsgi.input"]
    with suppress(OSError):  # the client hung up, or is too slow
        while left > 0 and time.monotonic() < end:
            piece = stream.read(min(DRAIN_PIECE, left))
            if not piece:
                return
            left -= len(piece)
