"""Requests that the tests send without a client."""

from __future__ import annotations

import io
from typing import Any

from werkzeug.test import EnvironBuilder


def build_upload(files: dict[str, bytes], token: str) -> dict[str, Any]:
    """The WSGI environment of a browser's upload."""
    data = {"csrf_token": token, "archive": [(io.BytesIO(d), n) for n, d in files.items()]}
    return EnvironBuilder("/uploads", method="POST", data=data).get_environ()
