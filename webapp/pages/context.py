"""Used by every view: the app's stores, and whether the client wants JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, request

if TYPE_CHECKING:
    from webapp.storage import Stores

KEY = "monasieve"


def get_stores() -> Stores:
    """Return the stores of the current app."""
    return cast("Stores", current_app.extensions[KEY])


def wants_json() -> bool:
    """True for a script: below /api and /files, for .json, or if JSON is preferred."""
    if request.path.startswith(("/api/", "/files/")) or request.path.endswith(".json"):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )
