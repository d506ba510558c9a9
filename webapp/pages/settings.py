"""The settings page."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.errors import FolderRefused
from webapp.forms import SettingsForm
from webapp.pages.context import get_stores
from webapp.pages.filters import format_bytes, format_count
from webapp.services import preferences, targets

bp = Blueprint("settings", __name__)


@bp.route("/settings", methods=["GET", "POST"])
def edit() -> ResponseReturnValue:
    """Show the settings, or save them for new jobs."""
    form = SettingsForm(obj=preferences.get(get_stores()))
    form.target.choices = [(card.name, card.title) for card in targets.list_cards(get_stores())]
    if form.validate_on_submit() and save(form):
        flash("Settings saved.")
        return redirect(url_for("settings.edit"), 303)
    root = get_stores().files.storage_root
    page = render_template(
        "settings/edit.html",
        form=form,
        storage_root=root,
        max_days=preferences.MOST_DAYS,
        limits=list_limits(),
    )
    return page, 422 if form.errors else 200


def list_limits() -> list[tuple[str, str, str]]:
    """Return label, value and variable of each limit that the operator sets."""
    config = get_stores().settings
    return [
        ("One upload", format_bytes(config.max_upload_bytes), "MONASIEVE_MAX_UPLOAD_BYTES"),
        ("Files in one archive", format_count(config.max_members), "MONASIEVE_MAX_MEMBERS"),
        ("Data folder", str(config.data_dir), "MONASIEVE_DATA"),
    ]


def save(form: SettingsForm) -> bool:
    """Save the form. Returns False if the folder was refused; its field then has the error."""
    try:
        preferences.save(get_stores(), form.preferences)
    except FolderRefused as error:
        form.copy_folder.errors = [*form.copy_folder.errors, str(error)]
        return False
    return True
