"""The first page: a place to drop an archive, and the recent jobs."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.pages.context import get_stores
from webapp.services import job_list, preferences, targets

bp = Blueprint("home", __name__)
RECENT_JOBS = 6


@bp.get("/")
def index() -> ResponseReturnValue:
    return render_home()


def render_home(refused: str | None = None) -> str:
    """Return the home page. `refused` is the reason if an upload was refused."""
    chosen = preferences.get(get_stores())
    settings = get_stores().settings
    return render_template(
        "home/index.html",
        refused=refused,
        preferences=chosen,
        title=find_title(chosen.target),
        rows=job_list.list_jobs(get_stores(), limit=RECENT_JOBS),
        max_upload_bytes=settings.max_upload_bytes,
        max_members=settings.max_members,
        folder_roots=settings.folder_roots,
    )


def find_title(target: str) -> str:
    """Return the target's title, or its name if the target is missing or damaged."""
    titles = {card.name: card.title for card in targets.list_cards(get_stores())}
    return titles.get(target, target)
