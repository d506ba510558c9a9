"""Parts of a zip, so that a download that broke off continues (RFC 9110, section 14)."""

from __future__ import annotations

from flask import Response, request

from ml.archive.exported_zip import Export
from webapp.pages.error_handlers import answer

CACHE_CONTROL = "private, no-cache"
"""A browser asks again each time. With `no-store`, some do not continue a download."""


def send_export(export: Export) -> Response:
    """Answer with the zip, with the part that the request names, or that nothing has changed."""
    response = Response(mimetype="application/zip")
    response.set_etag(export.version)
    response.accept_ranges = "bytes"
    response.headers["Cache-Control"] = CACHE_CONTROL
    if request.if_none_match.contains_weak(export.version):
        response.status_code = 304
        return response
    if request.if_match and not request.if_match.contains(export.version):
        # Chromium fetches the parts of one download so: parts of two versions would be mixed.
        return answer("The download has changed since it began. Please start it again.", 412)
    start, end = 0, export.length
    if (wanted := read_range(export)) is not None:
        start, end = wanted
        if start >= end:
            return refuse_range(export.length)
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{export.length}"
    response.response = export.iter_range(start, end)
    response.content_length = end - start
    return response


def read_range(export: Export) -> tuple[int, int] | None:
    """Return the bytes that the request names, from and to; None for all of them.

    Several ranges at once, another unit and a range of an older version are answered with all.
    """
    if request.method != "GET" or request.range is None or request.range.units != "bytes":
        return None
    if request.headers.get("If-Range", f'"{export.version}"') != f'"{export.version}"':
        return None
    if len(request.range.ranges) > 1:
        return None
    start, end = request.range.ranges[0]
    if start < 0:  # so many bytes before the end
        start = max(0, export.length + start)
    return start, min(end or export.length, export.length)


def refuse_range(length: int) -> Response:
    """Answer that the zip has no such bytes."""
    response = answer("The download has no more bytes than this. Please start it again.", 416)
    response.headers["Content-Range"] = f"bytes */{length}"
    return response
