"""Unpack members in pieces, never more bytes than the caller asks for.

`zipfile` sets no limit on the output of bzip2 and LZMA, so a zip of 2 kB can take gigabytes of
memory. Here every call of a decompressor limits its output.
"""

import bz2
import dataclasses
import io
import lzma
import struct
import zlib
from collections.abc import Iterator
from typing import Protocol

from ml.archive import layout
from ml.archive.directory import Entry
from ml.archive.random_access import RandomAccessFile
from ml.errors import MemberUnreadable

METHODS = (layout.STORED, layout.DEFLATED, layout.BZIP2, layout.LZMA)
MAX_DICTIONARY = 64 * 2**20  # bytes that LZMA may ask for
_CHUNK = 1 << 16
# Errors that damaged data cause in decompressors and in reading.
_DAMAGED = (zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, ValueError)


class _Decompressor(Protocol):
    """The interface that bz2 and lzma share."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Store:
    """Bytes that are not compressed, as a decompressor."""

    eof = False

    def __init__(self) -> None:
        self._rest = b""

    @property
    def needs_input(self) -> bool:
        return not self._rest

    def decompress(self, data: bytes, max_length: int) -> bytes:
        data = self._rest + data
        self._rest = data[max_length:]
        return data[:max_length]


class _Inflate:
    """zlib's decompressor with the interface of the other two."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        # After a full output, zlib may hold more of it although it has taken all input.
        self.needs_input = not self._zlib.unconsumed_tail and len(out) < max_length
        return out


def describe_unknown_method(method: int) -> str:
    """Return the reason to skip a member whose method is not in METHODS."""
    return f"packed by a method that MonaSieve does not read ({method})"


def unpack(file: RandomAccessFile, entry: Entry) -> bytes:
    """Unpack a whole member and verify its checksum. Memory is bounded by the claimed size.

    Raises MemberUnreadable.
    """
    out, crc = io.BytesIO(), 0
    try:
        for piece in _iter_unpacked(file, entry, entry.size + 1):
            out.write(piece)
            crc = zlib.crc32(piece, crc)
        size = out.tell()
        if size > entry.size:
            raise _make_damage_error(
                f"it unpacks to more than the {entry.size:,} bytes that it claims"
            )
        if size < entry.size:
            raise _make_damage_error(f"it ends after {size:,} of {entry.size:,} bytes")
        if crc != entry.crc:
            raise _make_damage_error("its checksum (CRC-32) is wrong")
        return out.getvalue()
    except MemoryError as exc:
        raise MemberUnreadable("needs more memory than a member may take") from exc


def unpack_start(file: RandomAccessFile, entry: Entry, size: int) -> bytes:
    """Unpack a member's first bytes, from its first 64 kB. Raises MemberUnreadable."""
    # A stream may take gigabytes of input before its first byte of output.
    entry = dataclasses.replace(entry, packed_size=min(entry.packed_size, _CHUNK))
    try:
        return b"".join(_iter_unpacked(file, entry, size))
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
        raise _make_damage_error("it is not where the list of members says")
    local = layout.LocalHeader(*layout.LOCAL.unpack(header))
    extra_offset = entry.header_offset + layout.LOCAL.size + local.name_size
    return extra_offset + local.extra_size, file.read(local.extra_size, extra_offset)


def _iter_unpacked(file: RandomAccessFile, entry: Entry, most: int) -> Iterator[bytes]:
    """Yield the unpacked bytes of a member in pieces, `most` in all. Raises MemberUnreadable."""
    try:
        offset, _ = read_local_header(file, entry)
        end = offset + entry.packed_size
        decompressor, offset = _make_decompressor(file, entry.method, offset)
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
    except _DAMAGED as exc:
        raise _make_damage_error(str(exc)) from exc


def _make_decompressor(
    file: RandomAccessFile, method: int, offset: int
) -> tuple[_Decompressor, int]:
    """Return the decompressor of a method, and the offset of the data after their header."""
    if method == layout.STORED:
        return _Store(), offset
    if method == layout.DEFLATED:
        return _Inflate(), offset
    if method == layout.BZIP2:
        return bz2.BZ2Decompressor(), offset
    if method == layout.LZMA:
        return _make_lzma_decompressor(file, offset)
    raise MemberUnreadable(describe_unknown_method(method))


def _make_lzma_decompressor(
    file: RandomAccessFile, offset: int
) -> tuple[lzma.LZMADecompressor, int]:
    """Read the properties that a zip puts before LZMA data: version, their size, five bytes."""
    size, properties, dictionary = struct.unpack("<2xHBL", file.read(9, offset))
    if size != 5 or properties >= 9 * 5 * 5:
        raise _make_damage_error("its LZMA properties are not valid")
    if dictionary > MAX_DICTIONARY:
        raise MemberUnreadable(
            f"needs {dictionary:,} bytes of memory to unpack; the limit is {MAX_DICTIONARY:,}"
        )
    rest, literal_context = divmod(properties, 9)
    position, literal_position = divmod(rest, 5)
    filters = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": dictionary,
        "lc": literal_context,
        "lp": literal_position,
        "pb": position,
    }
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters]), offset + 4 + size


def _make_damage_error(why: str) -> MemberUnreadable:
    return MemberUnreadable(f"damaged in the archive: {why}"[:200])
