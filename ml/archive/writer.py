"""Write a zip into a file, member by member, from packed bytes or from plain ones.

A member that arrives damaged stays damaged in the new zip, so reading it gives the reason.
"""

import dataclasses
import struct
import time
import zlib
from collections.abc import Iterable
from typing import BinaryIO

from ml.archive import layout
from ml.archive.decompressors import UnknownMethod
from ml.archive.directory import Entry
from ml.archive.headers import NewDirectory, pack_local_header
from ml.errors import MemberUnreadable

_MADE_ON_UNIX = 0x0314
_VERSION_NEEDED = 20
_LARGEST_SIZE = 2**63 - 1
_EXTENDED_TIME = struct.Struct("<HHBl")  # Info-ZIP's field 0x5455: flags and the modification time


class ZipWriter:
    """Writes one new zip."""

    def __init__(self, out: BinaryIO) -> None:
        """`out` must allow seeking, because a header gets its checksum after the data."""
        self._out = out
        self._directory = NewDirectory()

    def store(
        self, entry: Entry, chunks: Iterable[bytes], *, is_size_known: bool = True
    ) -> str | None:
        """Write a member without compression. Returns why it is damaged.

        Returns None if it is whole, or if its row will tell the reason: its method is unknown.

        Args:
            entry: name, times, attributes, and the size that its source claims.
            chunks: the member's bytes. If they are fewer than claimed, or raise MemberUnreadable,
                the new member is damaged in the same way. Bytes beyond the claim are dropped.
            is_size_known: False if the source claims no size; at most 4 GiB are then written.
        """
        start = self._directory.offset
        header = pack_local_header(entry, entry.extra)
        self._out.write(header)
        most = entry.size if is_size_known else layout.MAX32 - 1
        size = crc = 0
        reason = None
        try:
            for chunk in chunks:
                piece = chunk[: most - size]
                self._out.write(piece)
                size, crc = size + len(piece), zlib.crc32(piece, crc)
        except UnknownMethod as exc:
            entry = dataclasses.replace(entry, method=exc.method)
        except MemberUnreadable as exc:
            crc ^= layout.MAX32
            reason = str(exc)
        claimed = entry.size if is_size_known else size
        entry = dataclasses.replace(entry, size=claimed, packed_size=size, crc=crc)
        self._out.seek(start)
        self._out.write(pack_local_header(entry, entry.extra))
        self._out.seek(start + len(header) + size)
        self._directory.add(entry, len(header))
        return reason

    def copy(self, entry: Entry, local_extra: bytes, chunks: Iterable[bytes]) -> None:
        """Write a member with the packed bytes that it has. They are `entry.packed_size` bytes."""
        header = pack_local_header(entry, local_extra)
        self._out.write(header)
        self._out.writelines(chunks)
        self._directory.add(entry, len(header))

    def finish(self, comment: bytes = b"") -> None:
        """Write the directory. Without it, the file is no zip."""
        self._out.write(self._directory.finish(comment))


def make_entry(
    name: bytes,
    *,
    size: int,
    mode: int = 0,
    modified: float | None = None,
    number: int = 0,
    fault: str | None = None,
) -> Entry:
    """Return the entry of a new, stored member. Values that no zip can hold are cut.

    Args:
        name: marked as UTF-8 if it is UTF-8.
        mode: the kind and permissions of a file on Unix; 0: unknown.
        modified: seconds since 1970; None: unknown.
        number: its position.
        fault: why its data cannot be read.
    """
    date, clock, extra = _pack_time(modified)
    size = min(max(size, 0), _LARGEST_SIZE)
    return Entry(
        number=number,
        name=name[: layout.MAX16],
        flags=choose_flags(name),
        packed_size=size,
        size=size,
        time=clock,
        date=date,
        made_by=_MADE_ON_UNIX,
        version_needed=_VERSION_NEEDED,
        external_attributes=(mode & layout.MAX16) << 16,
        extra=extra,
        fault=fault,
    )


def choose_flags(name: bytes) -> int:
    """Return the flags of a new member: a name that is UTF-8 is marked so."""
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return 0
    return 0 if name.isascii() else layout.UTF8


def _pack_time(modified: float | None) -> tuple[int, int, bytes]:
    """Return date and time as MS-DOS writes them, and an extra field with the exact second."""
    if modified is None or not 0 <= modified < 2**31:  # NaN is refused as well
        return 1 << 5 | 1, 0, b""
    seconds = int(modified)
    year, month, day, hour, minute, second, *_ = time.localtime(seconds)
    if year < 1980:
        year, month, day, hour, minute, second = 1980, 1, 1, 0, 0, 0
    date = (year - 1980) << 9 | month << 5 | day
    clock = hour << 11 | minute << 5 | second // 2
    return date, clock, _EXTENDED_TIME.pack(0x5455, 5, 1, seconds)
