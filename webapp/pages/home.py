"""The first page: a place to drop an archive, and the recent jobs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ml.archive.formats import ARCHIVE_FORMATS, PICTURE_FORMATS
from ml.sieve.look import LARGE, LOOK_PICTURES
from webapp.pages.context import get_stores
from webapp.pages.strictness import OWN, list_strictness, name_confidence
from webapp.services import (
    disk_usage,
    job_list,
    portraits,
    preferences,
    resumable,
    targets,
    watched,
)
from webapp.services.early_look import LOOK_BYTES

bp = Blueprint("home", __name__)
RECENT_JOBS = 6
# Patterns that scripts match with names, without regard to case.
PICTURE_NAMES = rf"\.({'|'.join(s[1:] for one in PICTURE_FORMATS for s in one.suffixes)})$"
ARCHIVE_NAMES = rf"\.({'|'.join(s[1:] for one in ARCHIVE_FORMATS for s in one.suffixes)})$"


@bp.get("/")
def index() -> ResponseReturnValue:
    return render_home()


def render_home(refused: str | None = None) -> str:
    """Return the home page. `refused` is the reason if an upload was refused."""
    rows = job_list.list_jobs(get_stores(), limit=RECENT_JOBS)
    return render_template(
        "home/index.html",
        refused=refused,
        rows=rows,
        disk=disk_usage.measure_disk(get_stores()),
        retention_days=preferences.get(get_stores()).retention_days,
        folder_roots=get_stores().settings.folder_roots,
        watched_folder=get_stores().settings.watch,
        watch_trouble=watched.find_trouble(get_stores()),
        **describe_upload(),
    )


def describe_upload() -> dict[str, Any]:
    """Return what the upload form shows."""
    chosen = preferences.get(get_stores())
    settings = get_stores().settings
    return describe_choices(chosen.target, chosen.confidence) | {
        "unfinished": resumable.list_unfinished(get_stores()),
        "parse_metadata": resumable.parse_metadata,
        "picture_names": PICTURE_NAMES,
        "archive_names": ARCHIVE_NAMES,
        "rate": job_list.find_rate(get_stores()),
        "max_upload_bytes": settings.max_upload_bytes,
        "max_members": settings.max_members,
        "look_from": LARGE,
        "look_pictures": LOOK_PICTURES,
        "look_bytes": LOOK_BYTES,
    }


def describe_choices(target: str, confidence: float | None) -> dict[str, Any]:
    """Return what the choice of the character and its strictness shows; None: none is valid."""
    cards = targets.list_cards(get_stores())
    card = next((one for one in cards if one.name == target), None)
    return {
        "cards": cards,
        "target": target,
        "title": card.title if card else target,
        "confidence": confidence,
        "choices": {one.name: list_strictness(one) for one in cards},
        "strictness": OWN
        if card is None or confidence is None
        else name_confidence(card, confidence),
        "portraits": portraits.find_portraits(get_stores()),
    }
