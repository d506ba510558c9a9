"""Compress answers for browsers that accept it."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

LEAST_BYTES = 1_000
"""Shorter answers are sent as they are."""
LEVEL = 5
TYPES = frozenset({"text/html", "application/json", "application/octet-stream"})
"""Pictures and archives are compressed already."""


def register_compression(app: Flask) -> None:
    """Compress pages and data after every request. Streamed answers stay as they are."""
    app.after_request(compress)


def compress(response: Response) -> Response:
    """Compress an answer with gzip if that is worth it."""
    if response.mimetype not in TYPES or response.status_code != 200:
        return response
    if response.is_streamed or response.direct_passthrough or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") <= 0 or len(response.get_data()) < LEAST_BYTES:
        return response
    response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
    response.content_encoding = "gzip"
    return response
