"""Read a zip whose end is missing, as after a broken download: its members up to the break.

The list of members lies at a zip's end, so it is rebuilt from the headers before each member.
"""

import dataclasses
import struct
from collections.abc import Iterator
from pathlib import Path

from ml.archive import layout
from ml.archive.directory import Entry, resolve_zip64
from ml.archive.new_member import NewMember
from ml.archive.random_access import RandomAccessFile
from ml.errors import ArchiveError

_CHUNK = 1 << 20
_DESCRIPTOR = struct.Struct("<4s3L")  # signature, checksum, packed size, size
_DESCRIPTOR64 = struct.Struct("<4sL2Q")
_DESCRIPTOR_SIGNATURE = b"PK\7\x08"


def iter_cut_zip(file: Path) -> Iterator[NewMember]:
    """Yield the members with their packed bytes. The last one may have too few of them.

    Raises ArchiveError at the break. A zip whose list of members follows the last one is whole: it
    has no end record only because so much was appended that nobody looks for it there.
    """
    with RandomAccessFile(file) as stream:
        offset = 0
        while (header := _read_header(stream, offset)) is not None:
            entry, local_extra, start = header
            offset = start + entry.packed_size
            if entry.flags & layout.DESCRIPTOR:
                entry, offset = _measure(stream, entry, start)
            end = min(start + entry.packed_size, stream.size)
            entry = dataclasses.replace(entry, packed_size=end - start)
            yield NewMember(entry, stream.iter_chunks(start, end), local_extra=local_extra)
        if not _has_end(stream, offset):
            raise ArchiveError("The zip is incomplete: its end is missing.")


def _has_end(file: RandomAccessFile, offset: int) -> bool:
    """Tell whether the list of members is at an offset, and its end record behind it."""
    is_list = file.read(4, offset) == layout.CENTRAL_SIGNATURE
    return is_list and _find(file, layout.END_SIGNATURE, offset) is not None


def _read_header(file: RandomAccessFile, offset: int) -> tuple[Entry, bytes, int] | None:
    """Return an entry, its extra field and where its data begin; None if there is no header."""
    header = file.read(layout.LOCAL.size, offset)
    if len(header) < layout.LOCAL.size or not header.startswith(layout.LOCAL_SIGNATURE):
        return None
    local = layout.LocalHeader(*layout.LOCAL.unpack(header))
    name_start = offset + layout.LOCAL.size
    name = file.read(local.name_size, name_start)
    extra = file.read(local.extra_size, name_start + local.name_size)
    start = name_start + local.name_size + local.extra_size
    if start > file.size:
        return None
    (size, packed_size), _ = resolve_zip64((local.size, local.packed_size), extra)
    entry = Entry(
        number=0,
        name=name,
        flags=local.flags,
        method=local.method,
        crc=local.crc,
        packed_size=packed_size,
        size=size,
        time=local.time,
        date=local.date,
        version_needed=local.version_needed,
        extra=extra,
    )
    return entry, extra, start


def _measure(file: RandomAccessFile, entry: Entry, start: int) -> tuple[Entry, int]:
    """Find the descriptor behind a member's data, which tells their size.

    Returns the entry with its sizes, and the offset of the next header. Without a descriptor the
    data were cut: the entry then claims one byte and has none.
    """
    search = start
    while (at := _find(file, _DESCRIPTOR_SIGNATURE, search)) is not None:
        for record in (_DESCRIPTOR, _DESCRIPTOR64):
            data = file.read(record.size, at)
            if len(data) < record.size:
                continue
            _, crc, packed_size, size = record.unpack(data)
            if packed_size == at - start:
                measured = dataclasses.replace(entry, crc=crc, packed_size=packed_size, size=size)
                return measured, at + record.size
        search = at + 1
    return dataclasses.replace(entry, packed_size=0, size=1), file.size


def _find(file: RandomAccessFile, pattern: bytes, start: int) -> int | None:
    """Return the offset of the next such bytes; None if there are none."""
    while start < file.size:
        at = file.read(_CHUNK, start).find(pattern)
        if at >= 0:
            return start + at
        start += _CHUNK - len(pattern) + 1
    return None
