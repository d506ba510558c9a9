"""Make a zip that can be read of an uploaded archive, and list its members."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ml.archive.conversion import convert, needs_conversion
from ml.archive.formats import ArchiveFormat
from ml.archive.reader import Member, find_names_encoding, list_members
from webapp.errors import IntakeBusy
from webapp.storage import Stores

CONVERSIONS = 2
"""Archives that this process copies at once. Each may take `conversion.MEMORY_BYTES` of memory, and
room on the disk for all that it unpacks to. The runner, another process, copies one at a time."""
WAIT_SECONDS = 60.0
"""So long, an archive waits for its turn."""
_slots = threading.BoundedSemaphore(CONVERSIONS)


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

    Raises ArchiveError, ArchiveTooLarge, OSError, or IntakeBusy while too many others are copied.
    """
    limits = stores.settings.limits
    note = None
    if needs_conversion(file, kind, open_inner_zips=open_inner_zips):
        with _take_slot():
            note = convert(file, kind, draft, limits)
        file = draft
    return Listing(file, list_members(file, limits), note, find_names_encoding(file))


@contextmanager
def _take_slot() -> Iterator[None]:
    """Wait for a turn to copy an archive, and keep it meanwhile. Raises IntakeBusy."""
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise IntakeBusy(
            f"{CONVERSIONS} other archives are being unpacked, as many as allowed at once. "
            "Try again in a minute."
        )
    try:
        yield
    finally:
        _slots.release()
