"""Folders of small pictures, and their listings."""

from pathlib import Path

from ml.archive.folder import list_folder
from ml.archive.limits import Limits
from tests.ml.archive.zips import picture


def draw_files(folder: Path, *names: str) -> None:
    """Write a different picture under each name."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture() + name.encode())


def listed(folder: Path, limits: Limits | None = None) -> Path:
    """The listing of a folder, beside it."""
    listing = folder.with_name("pictures.folder")
    list_folder(folder, listing, limits or Limits())
    return listing
