"""Pack the headers and the directory of a new zip (PKWARE APPNOTE 6.3, sections 4.3 and 4.5.3).

A member keeps its name's bytes, times, attributes and extra fields. Sizes and offsets are new.
"""

import struct

from ml.archive import layout
from ml.archive.directory import Entry

_ZIP64_VERSION = 45


class NewDirectory:
    """The central directory of the new zip, as it grows."""

    def __init__(self) -> None:
        self.offset = 0  # of the next member; after the last member, of the directory
        self._count = 0
        self._headers = bytearray()

    def add(self, entry: Entry, header_size: int) -> None:
        """Add a member whose header has so many bytes."""
        self._headers += _pack_central_header(entry, self.offset)
        self._count += 1
        self.offset += header_size + entry.packed_size

    def finish(self, comment: bytes) -> bytes:
        """Return the directory and the records that end the zip."""
        count, size, offset = self._count, len(self._headers), self.offset
        end64 = b""
        if count >= layout.MAX16 or max(size, offset) >= layout.MAX32:
            end64 = _pack_end64(count, size, offset)
        end = layout.EndOfDirectory(
            signature=layout.END_SIGNATURE,
            disk=0,
            directory_disk=0,
            disk_entries=min(count, layout.MAX16),
            entries=min(count, layout.MAX16),
            size=min(size, layout.MAX32),
            offset=min(offset, layout.MAX32),
            comment_size=len(comment),
        )
        return bytes(self._headers) + end64 + layout.END.pack(*end) + comment


def _pack_end64(count: int, size: int, offset: int) -> bytes:
    """Pack the Zip64 end record and its locator."""
    end = layout.EndOfDirectory64(
        signature=layout.END64_SIGNATURE,
        record_size=layout.END64.size - 12,
        made_by=_ZIP64_VERSION,
        version_needed=_ZIP64_VERSION,
        disk=0,
        directory_disk=0,
        disk_entries=count,
        entries=count,
        size=size,
        offset=offset,
    )
    locator = layout.LOCATOR64.pack(layout.LOCATOR64_SIGNATURE, 0, offset + size, 1)
    return layout.END64.pack(*end) + locator


def pack_local_header(entry: Entry, extra: bytes) -> bytes:
    """Return the header that goes before a member's data. Its length depends on no offset."""
    is_large = max(entry.size, entry.packed_size) >= layout.MAX32
    extra = _drop_zip64(extra)
    if is_large:
        extra = _pack_zip64(entry.size, entry.packed_size) + extra
    header = layout.LocalHeader(
        signature=layout.LOCAL_SIGNATURE,
        version_needed=_choose_version(entry, is_large),
        flags=_choose_flags(entry),
        method=entry.method,
        time=entry.time,
        date=entry.date,
        crc=entry.crc,
        packed_size=layout.MAX32 if is_large else entry.packed_size,
        size=layout.MAX32 if is_large else entry.size,
        name_size=len(entry.name),
        extra_size=len(extra),
    )
    return layout.LOCAL.pack(*header) + entry.name + extra


def _pack_central_header(entry: Entry, offset: int) -> bytes:
    large = [v for v in (entry.size, entry.packed_size, offset) if v >= layout.MAX32]
    extra = _drop_zip64(entry.extra)
    if large:
        extra = _pack_zip64(*large) + extra
    header = layout.CentralHeader(
        signature=layout.CENTRAL_SIGNATURE,
        made_by=entry.made_by,
        version_needed=_choose_version(entry, bool(large)),
        flags=_choose_flags(entry),
        method=entry.method,
        time=entry.time,
        date=entry.date,
        crc=entry.crc,
        packed_size=min(entry.packed_size, layout.MAX32),
        size=min(entry.size, layout.MAX32),
        name_size=len(entry.name),
        extra_size=len(extra),
        comment_size=len(entry.comment),
        disk=0,
        internal_attributes=entry.internal_attributes,
        external_attributes=entry.external_attributes,
        offset=min(offset, layout.MAX32),
    )
    return layout.CENTRAL.pack(*header) + entry.name + extra + entry.comment


def _choose_version(entry: Entry, is_large: bool) -> int:
    """Return the entry's version, raised to 4.5 in its lower byte if a Zip64 field needs it."""
    if is_large and entry.version_needed & 0xFF < _ZIP64_VERSION:
        return entry.version_needed & 0xFF00 | _ZIP64_VERSION
    return entry.version_needed


def _choose_flags(entry: Entry) -> int:
    """Return the entry's flags, changed for the new zip.

    The sizes stand in the header, so no descriptor follows. A name that is not UTF-8 is not
    marked as such.
    """
    flags = entry.flags & ~layout.DESCRIPTOR
    try:
        entry.name.decode("utf-8")
    except UnicodeDecodeError:
        flags &= ~layout.UTF8
    return flags


def _pack_zip64(*values: int) -> bytes:
    size = 8 * len(values)
    return struct.pack(f"<HH{len(values)}Q", layout.ZIP64_FIELD, size, *values)


def _drop_zip64(extra: bytes) -> bytes:
    """Return an extra field without its Zip64 part; bytes that form no part stay."""
    return b"".join(
        part if kind < 0 else struct.pack("<HH", kind, len(part)) + part
        for kind, part in layout.iter_extra_fields(extra)
        if kind != layout.ZIP64_FIELD
    )
