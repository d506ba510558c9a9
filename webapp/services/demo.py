"""The demo: an archive of drawings that the program makes itself, as a job."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from webapp.records import Job
from webapp.services import preferences, targets, uploads
from webapp.services.demo_drawings import draw_all
from webapp.services.uploads import Upload
from webapp.storage import Stores

NAME = "demo.zip"
NOTE = (
    "MonaSieve drew these pictures itself. None of them shows {title}, so it is right to keep "
    "none. To try a correction, open Rejected and mark the witches with ✓: they move to Kept, and "
    "Download gives you an archive with only them."
)
_DRAWN = (2026, 1, 1, 0, 0, 0)
"""A fixed time, so that the archive is always the same."""


def sieve_demo(stores: Stores) -> Job:
    """Make a job of the drawings. Raises as `uploads.accept` does."""
    title = targets.get(stores, preferences.get(stores).target).card.title
    draft = stores.files.new_upload()
    try:
        write_archive(draft)
        (job,) = uploads.accept(stores, [Upload(NAME, draft)], note=NOTE.format(title=title))
    finally:
        draft.unlink(missing_ok=True)
    return job


def write_archive(file: Path) -> None:
    """Write a zip of the drawings; the same bytes each time."""
    with zipfile.ZipFile(file, "w") as archive:
        for path, image in draw_all():
            data = io.BytesIO()
            image.save(data, "PNG")
            archive.writestr(zipfile.ZipInfo(path, _DRAWN), data.getvalue())
