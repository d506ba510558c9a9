"""The first page: a place to drop an archive, and the last jobs."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.pages.context import stores
from webapp.pages.jobs import kept
from webapp.services import jobs, preferences, targets

bp = Blueprint("home", __name__)
LAST_JOBS = 6


@bp.get("/")
def index() -> ResponseReturnValue:
    """What the program does, and the way into it."""
    return page()


def page(refused: str | None = None) -> str:
    """The home page, with what was wrong with an upload where there was one."""
    wishes = preferences.get(stores())
    settings = stores().settings
    return render_template(
        "home/index.html",
        refused=refused,
        preferences=wishes,
        title=title_of(wishes.target),
        jobs=jobs.recent(stores(), LAST_JOBS),
        kept=kept,
        max_upload_bytes=settings.max_upload_bytes,
        max_members=settings.max_members,
    )


def title_of(target: str) -> str:
    """The target's title; its name where it is missing or damaged, which its own page explains."""
    titles = {card.name: card.title for card in targets.available(stores())}
    return titles.get(target, target)
