"""Every failure as a sentence: a page for a browser, `{"ok": false, "error": …}` for a script."""

from __future__ import annotations

import time
from typing import cast

from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from ml.errors import MonaError
from webapp.errors import status_of
from webapp.pages.context import stores, wants_json
from webapp.pages.filters import size
from webapp.pages.streamed_upload import LandingRequest

DRAIN_SECONDS = 20
"""A browser shows the answer to an upload only when it could send all of it, so the rest of one
that is too large is read and dropped, for this long."""
DRAIN_PIECE = 1024 * 1024

SENTENCES = {
    400: "That request could not be understood. Go back, reload the page and try again.",
    404: "There is nothing at this address. It may have been deleted.",
    405: "This address cannot be used that way.",
    500: "Something went wrong in the program itself. It was written to the log; "
    "your archives and results are unharmed.",
}


def register_failures(app: Flask) -> None:
    """One handler for what the program says on purpose, one for HTTP's own errors."""
    app.register_error_handler(MonaError, refused)
    app.register_error_handler(HTTPException, failed)


def refused(error: MonaError) -> Response:
    """What the program says on purpose."""
    return answer(str(error), status_of(error))


def failed(error: HTTPException) -> Response:
    """What Flask, Werkzeug or a bug says."""
    if isinstance(error, RequestEntityTooLarge):
        drain()
        return answer(too_large(), 413)
    if isinstance(error, CSRFError):
        return answer("This page was too old to be sent. Reload it and try again.", 400)
    code = error.code or 500
    own = error.description if error.description != type(error).description else None
    response = answer(own or SENTENCES.get(code) or error.description or error.name, code)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def answer(sentence: str, status: int) -> Response:
    """The sentence in the shape that the caller understands."""
    if wants_json():
        return make_response({"ok": False, "error": sentence}, status)
    page = render_template("errors/refused.html", sentence=sentence, status=status)
    return make_response(page, status)


def too_large() -> str:
    """What was received, and what may be sent: bytes, files, or letters in a field of a form."""
    settings = stores().settings
    most, files = settings.max_upload_bytes, settings.max_members
    if len(cast("LandingRequest", request).landed) > files:
        return (
            f"That upload has more than {files:,} files, the limit. Pack them as several zips, "
            "or raise MONASIEVE_MAX_MEMBERS."
        )
    if request.content_length is not None and request.content_length <= most:
        return "A field of that form is far too long, or there are too many of them."
    # A body that comes in chunks does not say how large it is.
    received = f"has {size(request.content_length)}" if request.content_length else "is larger"
    return (
        f"That upload {received}; the limit is {size(most)}. Split the archive into smaller ones, "
        "or raise MONASIEVE_MAX_UPLOAD_BYTES."
    )


def drain() -> None:
    """Read and drop the rest of the request's body."""
    end = time.monotonic() + DRAIN_SECONDS
    left = request.content_length or 0
    stream = request.environ["wsgi.input"]
    while left > 0 and time.monotonic() < end:
        piece = stream.read(min(DRAIN_PIECE, left))
        if not piece:
            return
        left -= len(piece)
