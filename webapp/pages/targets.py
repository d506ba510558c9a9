"""The installed targets and their accuracy."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.pages.context import get_stores
from webapp.services import preferences, targets

bp = Blueprint("targets", __name__)


@bp.get("/targets")
def index() -> ResponseReturnValue:
    """All installed targets, and the reason for each that cannot be used."""
    cards, faults = targets.list_installed(get_stores())
    chosen = preferences.get(get_stores()).target
    return render_template("targets/index.html", cards=cards, chosen=chosen, faults=faults)


@bp.get("/targets/<name>")
def show(name: str) -> ResponseReturnValue:
    """One target with its figures."""
    target = targets.get(get_stores(), name)
    return render_template("targets/show.html", card=target.card, backbone=target.backbone)
