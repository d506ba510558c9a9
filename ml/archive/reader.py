"""List and read the members of a zip that may be hostile. Nothing is extracted."""

import dataclasses
import stat
from collections.abc import Sequence
from pathlib import Path

from ml.archive import layout
from ml.archive.directory import Directory, Entry, read_directory
from ml.archive.end_record import has_end_record
from ml.archive.formats import (
    START_BYTES,
    describe_refused_file,
    has_picture_suffix,
    is_picture,
)
from ml.archive.limits import Limits
from ml.archive.names import find_encoding, read_path
from ml.archive.random_access import RandomAccessFile
from ml.archive.unpack import METHODS, describe_unknown_method, unpack, unpack_start
from ml.errors import ArchiveError, ArchiveTooLarge, MemberSkipped, MemberUnreadable

_SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db"})


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """One entry of the archive's directory."""

    number: int  # place in the directory, from 0
    path: str  # readable and perhaps hostile: to be shown, never to be joined
    size: int  # bytes, unpacked, by the archive's own claim
    skip: str | None  # why it is not scored


def list_members(archive: Path, limits: Limits) -> list[Member]:
    """List every member in the archive's order; one that is no picture carries its reason.

    Sizes are the archive's own claim: reading counts them again. A member that is damaged is listed
    like a picture, and reading it says what is wrong.

    Raises ArchiveError, or ArchiveTooLarge, with a sentence for the person who uploaded it.
    """
    with RandomAccessFile(archive) as file:
        _check_is_zip(file)
        directory = read_directory(file, limits)
        _check_sizes(directory, file.size, limits)
        encoding = find_encoding(directory.iter_names())
        members = [_list_member(file, entry, encoding, limits) for entry in directory]
        _check_any_picture(directory, members)
    return members


class OpenArchive:
    """An archive held open, for any number of threads to read members from."""

    def __init__(self, archive: Path, limits: Limits) -> None:
        """Raises ArchiveError."""
        self._limits = limits
        self._file = RandomAccessFile(archive)
        try:
            self._directory = read_directory(self._file)
        except ArchiveError:
            self._file.close()
            raise

    def __enter__(self) -> "OpenArchive":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def read(self, number: int) -> bytes:
        """Return the unpacked bytes of a member, checksum verified.

        Raises MemberUnreadable when it is damaged, MemberSkipped when it is encrypted, packed by
        an unknown method or larger than allowed.
        """
        entry = self._directory[number]
        if entry.fault is not None:
            raise MemberUnreadable(entry.fault)
        if reason := _find_obstacle(entry, self._limits):
            raise MemberSkipped(reason)
        return unpack(self._file, entry)


def _check_is_zip(file: RandomAccessFile) -> None:
    start = file.read(START_BYTES, 0)
    if not start.startswith(b"PK") and not has_end_record(file):
        raise ArchiveError(describe_refused_file(file.name, start))


def _check_sizes(directory: Directory, archive_size: int, limits: Limits) -> None:
    unpacked = packed = 0
    for entry in directory:
        unpacked += entry.size
        packed += entry.packed_size
    if unpacked > limits.unpacked_bytes:
        raise ArchiveTooLarge(
            f"The archive unpacks to {unpacked:,} bytes; "
            f"the limit is {limits.unpacked_bytes:,}. Split it."
        )
    if unpacked > limits.ratio * archive_size:
        raise ArchiveTooLarge(
            f"The archive unpacks to {unpacked / archive_size:,.0f} times its size; "
            f"the limit is {limits.ratio}. Pictures do not pack like this."
        )
    if packed > archive_size:
        raise ArchiveError("The archive's members overlap each other: it is damaged or a trap.")


def _list_member(file: RandomAccessFile, entry: Entry, encoding: str, limits: Limits) -> Member:
    path = read_path(entry, encoding)
    reason = _find_reason_to_skip(entry, path, limits)
    if reason is None and not (
        has_picture_suffix(_get_last_part(path)) or _may_be_picture(file, entry)
    ):
        reason = "not a picture"
    return Member(number=entry.number, path=path, size=entry.size, skip=reason)


def _find_reason_to_skip(entry: Entry, path: str, limits: Limits) -> str | None:
    name = _get_last_part(path)
    if entry.is_folder:
        return "a folder"
    if "__MACOSX" in path.replace("\\", "/").split("/") or name.startswith("._"):
        return "macOS system file"
    if name.lower() in _SYSTEM_FILES:
        return "system file"
    mode = entry.external_attributes >> 16  # 0 where no kind of Unix made the zip
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "no ordinary file"
    return _find_obstacle(entry, limits)


def _find_obstacle(entry: Entry, limits: Limits) -> str | None:
    """Say why a member's data are not unpacked; None if they can be."""
    if entry.is_encrypted:
        return "encrypted"
    if entry.method not in METHODS:
        return describe_unknown_method(entry.method)
    if entry.size > limits.member_bytes:
        return (
            f"too large: {_format_bytes(entry.size)}, "
            f"the limit is {_format_bytes(limits.member_bytes)}"
        )
    return None


def _may_be_picture(file: RandomAccessFile, entry: Entry) -> bool:
    """Look at the first bytes: some programs name pictures by their hash.

    A damaged member counts, so that it is shown as unreadable, and so does every one of bzip2:
    that method unpacks megabytes before its first byte, and a zip can hold 100,000 of such.
    """
    if entry.fault is not None or entry.method == layout.BZIP2:
        return True
    try:
        return is_picture(unpack_start(file, entry, 16))
    except MemberUnreadable:
        return False


def _get_last_part(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _format_bytes(size: int) -> str:
    if size < 1e6:
        return f"{size:,} bytes"
    return f"{size / 1e6:,.1f} MB" if size < 1e7 else f"{size / 1e6:,.0f} MB"


def _check_any_picture(directory: Directory, members: Sequence[Member]) -> None:
    if any(member.skip is None for member in members):
        return
    files = [entry.is_encrypted for entry in directory if not entry.is_folder]
    if files and all(files):
        raise ArchiveError(
            f"All {len(files):,} files in this archive are encrypted. "
            "Pack them again without a password."
        )
    reasons = sorted({member.skip for member in members if member.skip})
    raise ArchiveError(
        f"This archive contains no pictures ({len(members):,} "
        f"{'file' if len(members) == 1 else 'files'}: {', '.join(reasons[:3])})."
    )
