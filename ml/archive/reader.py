"""List and read the members of a zip, which may be hostile, or of a listed folder."""

import dataclasses
import stat
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ml.archive import layout
from ml.archive.contents import Contents
from ml.archive.decompressors import (
    FOREIGN_METHODS,
    METHODS,
    describe_unknown_method,
    make_foreign_error,
)
from ml.archive.directory import Entry
from ml.archive.folder import is_listing
from ml.archive.folder_contents import FolderContents
from ml.archive.formats import (
    START_BYTES,
    describe_inner_archive,
    has_picture_suffix,
    is_picture,
)
from ml.archive.limits import Limits, format_bytes
from ml.archive.names import find_encoding, has_unmarked, read_path
from ml.archive.zip_contents import ZipContents
from ml.errors import ArchiveError, MemberSkipped, MemberUnreadable

INNER_ZIP = "a zip that was not opened"
_OPEN_INNER_ZIPS = (
    " Zips inside a zip are opened, one level deep, if you choose it in Settings or by "
    "--inner-zips."
)
_SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db"})


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive's directory, or one file of a folder."""

    number: int  # position in the directory or the listing, from 0
    path: str  # for display; it may be hostile, so never join it to another path
    size: int  # bytes, unpacked, as the archive claims
    skip: str | None  # why it is not scored


def list_members(archive: Path, limits: Limits, encoding: str | None = None) -> list[Member]:
    """List every member in the archive's order, with the reason if it is not scored.

    Args:
        encoding: of names that tell none; None: found by all names together.

    Sizes are as the archive claims; reading a member checks them. A damaged member has no reason
    to be skipped: reading it raises the error.

    Raises ArchiveError, or ArchiveTooLarge, with a sentence for the person who uploaded it.
    """
    with closing(_open_contents(archive, limits)) as contents:
        encoding = encoding or find_encoding(contents.iter_names())
        members = [_list_member(contents, entry, encoding, limits) for entry in contents]
        _check_any_picture(contents, members)
    return members


def find_names_encoding(archive: Path) -> str | None:
    """Return how names that tell no encoding are read; None if there is no such name.

    Raises ArchiveError.
    """
    with closing(_open_contents(archive)) as contents:
        return find_encoding(contents.iter_names()) if has_unmarked(contents.iter_names()) else None


def read_paths(archive: Path, encoding: str) -> list[str]:
    """Return every member's path; names that tell no encoding are read in this one.

    Raises ArchiveError.
    """
    with closing(_open_contents(archive)) as contents:
        return [read_path(entry, encoding) for entry in contents]


class OpenArchive:
    """An archive held open, for any number of threads to read members from."""

    def __init__(self, archive: Path, limits: Limits) -> None:
        """Raises ArchiveError."""
        self._limits = limits
        self._contents = _open_contents(archive)

    def __enter__(self) -> "OpenArchive":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._contents.close()

    def read(self, number: int) -> bytes:
        """Return the unpacked bytes of a member: checksum verified, or as the folder was listed.

        Raises MemberUnreadable when it is damaged or was changed, MemberSkipped when it is
        encrypted, packed by an unknown method or larger than allowed, ArchiveError when the whole
        folder is gone.
        """
        entry = self._contents[number]
        if entry.fault is not None:
            raise MemberUnreadable(entry.fault)
        if reason := _find_obstacle(entry, self._limits):
            raise MemberSkipped(reason)
        return self._contents.read(entry)

    def find_file(self, number: int) -> Path | None:
        """Return the file that a member of a listed folder is; None in an archive."""
        return self._contents.find_file(number)


def _open_contents(archive: Path, limits: Limits | None = None) -> Contents:
    """Open a zip or a folder's listing.

    Args:
        limits: of a zip that was not accepted before.

    Raises ArchiveError.
    """
    return FolderContents(archive) if is_listing(archive) else ZipContents(archive, limits)


def _list_member(contents: Contents, entry: Entry, encoding: str, limits: Limits) -> Member:
    path = read_path(entry, encoding)
    reason = _find_reason_to_skip(entry, path, limits) or contents.traps.get(entry.number)
    name = _get_last_part(path)
    if reason is None and not has_picture_suffix(name):
        reason = _find_other_content(contents, entry, name)
    return Member(number=entry.number, path=path, size=entry.size, skip=reason)


def _find_reason_to_skip(entry: Entry, path: str, limits: Limits) -> str | None:
    name = _get_last_part(path)
    if entry.is_folder:
        return "a folder"
    if "__MACOSX" in path.replace("\\", "/").split("/") or name.startswith("._"):
        return "macOS system file"
    if name.lower() in _SYSTEM_FILES:
        return "system file"
    mode = entry.external_attributes >> 16  # 0 if the zip was not made on Unix
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "not an ordinary file"
    return _find_obstacle(entry, limits)


def _find_obstacle(entry: Entry, limits: Limits) -> str | None:
    """Return why a member must not be unpacked; None if it may be."""
    if entry.is_encrypted:
        return "encrypted"
    if entry.method not in METHODS:
        return describe_unknown_method(entry.method)
    if entry.size > limits.member_bytes:
        return (
            f"too large: {format_bytes(entry.size)}, "
            f"the limit is {format_bytes(limits.member_bytes)}"
        )
    return None


def _find_other_content(contents: Contents, entry: Entry, name: str) -> str | None:
    """Return what a file is by its first bytes; None if it may be a picture.

    Some programs name pictures by their hash. A damaged member counts as a picture, so that it is
    listed as unreadable. A bzip2 member counts too: bzip2 unpacks megabytes before its first byte,
    and a zip may hold 100,000 such members.
    """
    if entry.fault is not None or entry.method == layout.BZIP2:
        return None
    try:
        start = contents.read_start(entry, START_BYTES)
    except MemberUnreadable:
        start = b""
    if is_picture(start):
        return None
    archive = describe_inner_archive(name, start)
    if archive is None:
        return "not a picture"
    reason = f"{archive} that was not opened"
    return reason if reason == INNER_ZIP else f"{reason}: unpack it, or upload it by itself"


def _get_last_part(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _check_any_picture(contents: Contents, members: Sequence[Member]) -> None:
    if any(member.skip is None for member in members):
        return
    files = [entry.is_encrypted for entry in contents if not entry.is_folder]
    if files and all(files):
        raise ArchiveError(
            f"All {len(files):,} files in this archive are encrypted. "
            "Pack them again without a password."
        )
    foreign = (entry.method for entry in contents if entry.method in FOREIGN_METHODS)
    if (method := next(foreign, None)) is not None:
        raise make_foreign_error(method)
    reasons = sorted({member.skip for member in members if member.skip})
    raise ArchiveError(
        f"This archive contains no pictures ({len(members):,} "
        f"{'file' if len(members) == 1 else 'files'}: {', '.join(reasons[:3])})."
        + (_OPEN_INNER_ZIPS if INNER_ZIP in reasons else "")
    )
