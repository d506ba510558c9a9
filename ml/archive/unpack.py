"""Unpack members in pieces, never more bytes than the caller asks for.

`zipfile` sets no limit on the output of bzip2 and LZMA, so a zip of 2 kB can take gigabytes of
memory. Here every call of a decompressor limits its output.
"""

import dataclasses
import io
import zlib
from collections.abc import Iterator

from ml.archive import layout
from ml.archive.decompressors import (
    DAMAGED,
    make_damage_error,
    make_decompressor,
)
from ml.archive.directory import Entry
from ml.archive.random_access import RandomAccessFile
from ml.errors import MemberUnreadable

_CHUNK = 1 << 16


def unpack(file: RandomAccessFile, entry: Entry) -> bytes:
    """Unpack a whole member and verify its checksum. Memory is bounded by the claimed size.

    Raises MemberUnreadable.
    """
    out, crc = io.BytesIO(), 0
    try:
        for piece in iter_unpacked(file, entry, entry.size + 1):
            out.write(piece)
            crc = zlib.crc32(piece, crc)
        size = out.tell()
        if size > entry.size:
            raise make_damage_error(
                f"it unpacks to more than the {entry.size:,} bytes that it claims"
            )
        if size < entry.size:
            raise make_damage_error(f"it ends after {size:,} of {entry.size:,} bytes")
        if crc != entry.crc:
            raise make_damage_error("its checksum (CRC-32) is wrong")
        return out.getvalue()
    except MemoryError as exc:
        raise MemberUnreadable("needs more memory than a member may take") from exc


def unpack_start(file: RandomAccessFile, entry: Entry, size: int) -> bytes:
    """Unpack a member's first bytes, from its first 64 kB. Raises MemberUnreadable."""
    # A stream may take gigabytes of input before its first byte of output.
    entry = dataclasses.replace(entry, packed_size=min(entry.packed_size, _CHUNK))
    try:
        return b"".join(iter_unpacked(file, entry, size))
    except MemoryError as exc:
        raise MemberUnreadable("needs more memory than a member may take") from exc


def read_local_header(file: RandomAccessFile, entry: Entry) -> tuple[int, bytes]:
    """Return the offset of a member's packed data, and the extra field before them.

    Lengths in the local header may differ from those in the directory.
    Raises MemberUnreadable.
    """
    if entry.fault is not None:
        raise MemberUnreadable(entry.fault)
    header = file.read(layout.LOCAL.size, entry.header_offset)
    if len(header) != layout.LOCAL.size or not header.startswith(layout.LOCAL_SIGNATURE):
        raise make_damage_error("it is not where the list of members says")
    local = layout.LocalHeader(*layout.LOCAL.unpack(header))
    extra_offset = entry.header_offset + layout.LOCAL.size + local.name_size
    return extra_offset + local.extra_size, file.read(local.extra_size, extra_offset)


def iter_unpacked(file: RandomAccessFile, entry: Entry, most: int) -> Iterator[bytes]:
    """Yield the unpacked bytes of a member in pieces, `most` in all. Raises MemberUnreadable."""
    try:
        offset, _ = read_local_header(file, entry)
        end = offset + entry.packed_size
        decompressor, offset = make_decompressor(file, entry.method, offset)
        if entry.method == layout.LZMA and not entry.flags & layout.LZMA_END_MARKER:
            most = min(most, entry.size)  # without an end marker, garbage follows the data
        while most > 0 and not decompressor.eof:
            packed = b""
            if decompressor.needs_input:
                packed = file.read(max(0, min(_CHUNK, end - offset)), offset)
                offset += len(packed)
                if not packed:
                    return
            piece = decompressor.decompress(packed, min(_CHUNK, most))
            most -= len(piece)
            yield piece
    except DAMAGED as exc:
        raise make_damage_error(str(exc)) from exc
