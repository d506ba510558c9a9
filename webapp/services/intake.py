"""Make a zip that can be read of an uploaded archive, and list its members."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ml.archive.conversion import convert, needs_conversion
from ml.archive.formats import ArchiveFormat
from ml.archive.reader import Member, find_names_encoding, list_members
from webapp.storage import Stores


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """A zip with its members."""

    file: Path
    members: list[Member]
    note: str | None = None
    """Why members are missing, as a sentence; None if all are there."""
    encoding: str | None = None
    """How names that tell no encoding are read; None if every name tells its own."""


def list_archive(
    stores: Stores, file: Path, kind: ArchiveFormat, draft: Path, *, open_inner_zips: bool
) -> Listing:
    """List an archive's members, after copying it to `draft` as a zip if need be.

    Raises ArchiveError, ArchiveTooLarge, OSError.
    """
    limits = stores.settings.limits
    note = None
    if needs_conversion(file, kind, open_inner_zips=open_inner_zips):
        note = convert(file, kind, draft, limits)
        file = draft
    return Listing(file, list_members(file, limits), note, find_names_encoding(file))
