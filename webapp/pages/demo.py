"""The button that sieves a demo archive."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webapp.pages.context import get_stores
from webapp.pages.uploads import go_to_jobs
from webapp.services import demo

bp = Blueprint("demo", __name__)


@bp.post("/demo")
def create() -> ResponseReturnValue:
    """Make a job of drawings and go to it."""
    return go_to_jobs([demo.sieve_demo(get_stores())])
