"""Cap the uploads and downloads at once, so that they leave threads for pages."""

from __future__ import annotations

import threading

from flask import Flask, Response, g, request

from webapp.config import LARGE_BYTES, TRANSFERS
from webapp.errors import TooManyTransfers
from webapp.pages.error_handlers import answer_mona_error


def register_transfer_caps(app: Flask, slots: int = TRANSFERS) -> None:
    """Refuse an upload or a download with 429 while all of its slots are taken."""
    uploads = threading.BoundedSemaphore(slots)
    downloads = threading.BoundedSemaphore(slots)

    @app.before_request
    def begin_upload() -> None:
        if not is_upload():
            return
        if not uploads.acquire(blocking=False):
            raise refuse("uploads", slots)
        g.has_upload_slot = True

    @app.teardown_request
    def end_upload(_error: BaseException | None) -> None:
        if g.pop("has_upload_slot", False):
            uploads.release()

    @app.after_request
    def begin_download(response: Response) -> Response:
        if request.method == "HEAD" or not is_large(
            response.content_length, has_body=response.is_streamed
        ):
            return response
        if downloads.acquire(blocking=False):
            response.call_on_close(downloads.release)
            return response
        response.close()
        return answer_mona_error(refuse("downloads", slots))


def is_upload() -> bool:
    """Tell whether this thread reads the request's body from the client.

    `webapp.serving.incoming` has read all others before.
    """
    has_body = "Transfer-Encoding" in request.headers
    return is_large(request.content_length, has_body=has_body) or "Expect" in request.headers


def refuse(transfers: str, slots: int) -> TooManyTransfers:
    """Return the error of a cap that is reached."""
    return TooManyTransfers(
        f"{slots} {transfers} are running, as many as allowed. Try again in a minute."
    )


def is_large(length: int | None, *, has_body: bool) -> bool:
    """Tell whether a body is large, or may be because nobody said its length."""
    return has_body if length is None else length > LARGE_BYTES
