"""The help page."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.pages.context import get_stores

bp = Blueprint("help", __name__)


@bp.get("/help")
def index() -> ResponseReturnValue:
    """What MonaSieve does, what a probability means, and where the data lie."""
    return render_template("help/index.html", data_dir=get_stores().settings.data_dir)
