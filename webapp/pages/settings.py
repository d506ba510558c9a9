"""The settings page."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ml.archive.limits import format_bytes
from ml.errors import MonaError
from webapp.errors import FolderRefused
from webapp.forms import SettingsForm
from webapp.pages.context import get_stores
from webapp.pages.filters import format_count
from webapp.pages.home import describe_choices
from webapp.pages.strictness import find_confidence
from webapp.services import disk_usage, preferences, retention, targets

bp = Blueprint("settings", __name__)


@bp.route("/settings", methods=["GET", "POST"])
def edit() -> ResponseReturnValue:
    """Show the settings, save them for new jobs, or try the storage folder."""
    form = SettingsForm(obj=preferences.get(get_stores()))
    form.target.choices = [(card.name, card.title) for card in targets.list_cards(get_stores())]
    tried = try_folder(form) if "try" in request.form else ""
    if "try" not in request.form and form.validate_on_submit() and save(form):
        flash("Settings saved.")
        return redirect(url_for("settings.edit"), 303)
    page = render_template(
        "settings/edit.html",
        form=form,
        tried=tried,
        **preview_folder({"copy_folder": form.copy_folder.data or ""}),
        closely_hint=describe_closely(form.target.data),
        ages=retention.list_ages(get_stores()),
        disk=disk_usage.measure_disk(get_stores()),
        storage_root=get_stores().files.storage_root,
        max_days=preferences.MOST_DAYS,
        limits=list_limits(),
        **describe_choices(form.target.data, form.confidence.data),
    )
    return page, 422 if form.errors or form.copy_folder.errors else 200


@bp.get("/settings/folder")
def preview() -> str:
    """What copying to the folder in `copy_folder` would do, as a part of the page."""
    return render_template("settings/_preview.html", **preview_folder(request.args))


def preview_folder(values: Mapping[str, str]) -> dict[str, object]:
    """Return what the preview of a storage folder shows."""
    try:
        shown = preferences.preview_folder(get_stores(), values.get("copy_folder", ""))
    except FolderRefused as error:
        return {"preview": None, "refused": str(error)}
    return {"preview": shown, "refused": ""}


def list_limits() -> list[tuple[str, str, str]]:
    """Return label, value and variable of each limit that the operator sets."""
    config = get_stores().settings
    return [
        ("One upload", format_bytes(config.max_upload_bytes), "MONASIEVE_MAX_UPLOAD_BYTES"),
        ("Files in one archive", format_count(config.max_members), "MONASIEVE_MAX_MEMBERS"),
        ("Data folder", str(config.data_dir), "MONASIEVE_DATA"),
    ]


def describe_closely(name: str) -> str:
    """Return what looking closely does with this character's network, and with this operator."""
    if not get_stores().settings.look_closely:
        return "No effect now: the operator has turned it off (MONASIEVE_LOOK_CLOSELY=no)."
    try:
        target = targets.get(get_stores(), name)
    except MonaError:  # the page Characters gives the reason
        return ""
    if target.backbone.close is None:
        return f"No effect now: {target.card.title}'s network sees pictures at one scale only."
    return "Finds small figures in large pictures. Slower."


def try_folder(form: SettingsForm) -> str:
    """Try the storage folder. Returns a sentence, or "" if its field got an error."""
    try:
        folder = preferences.try_folder(get_stores(), form.copy_folder.data or "")
    except FolderRefused as error:
        form.copy_folder.errors = [str(error)]
        return ""
    return f"Pictures can be written to {folder}. Nothing is saved yet."


def save(form: SettingsForm) -> bool:
    """Save the form. Returns False if the folder was refused; its field then has the error."""
    card = targets.get(get_stores(), form.target.data).card
    named = find_confidence(card, form.strictness.data or "")
    if named is not None:
        form.confidence.data = named
    try:
        preferences.save(get_stores(), form.preferences)
    except FolderRefused as error:
        form.copy_folder.errors = [*form.copy_folder.errors, str(error)]
        return False
    return True
