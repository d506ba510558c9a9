"""Walk the blocks of a RAR 5 archive, for what libarchive does not tell.

libarchive 3.6 takes damaged or encrypted bytes of a stored member for whole, and a missing end for
the end.
Source: RAR 5.0 archive format, https://www.rarlab.com/technote.htm.
"""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from ml.archive.random_access import RandomAccessFile

SIGNATURE = b"Rar!\x1a\x07\x01\x00"
FILE, END = 2, 5
"""Kinds of blocks."""
_MOST_HEADER = 2 << 20  # bytes
_MOST_BYTES = 10  # of a number
_ENCRYPTION = 1  # kind of a record among the extras of a file
_HAS_EXTRA, _HAS_DATA = 1, 2  # flags of a block
_HAS_TIME, _HAS_CHECKSUM = 2, 4  # flags of a file


class Block(NamedTuple):
    """A block's kind, and what it tells of a file."""

    kind: int
    checksum: int | None = None  # CRC-32 of the file's bytes
    is_encrypted: bool = False


def iter_blocks(archive: RandomAccessFile) -> Iterator[Block]:
    """Yield the blocks in order, up to the end or to where they break off. Raises OSError."""
    offset = len(SIGNATURE)
    while True:
        start = archive.read(8, offset)
        try:
            size, begin = _read_number(start, 4)
            header = archive.read(begin - 4 + min(size, _MOST_HEADER), offset + 4)
            if zlib.crc32(header) != int.from_bytes(start[:4], "little"):
                return
            block, data_size = _read_block(header[begin - 4 :])
        except IndexError:
            return
        yield block
        if block.kind == END:
            return
        offset += begin + size + data_size


def _read_block(header: bytes) -> tuple[Block, int]:
    """Return the block and the bytes of data behind its header. Raises IndexError."""
    kind, at = _read_number(header, 0)
    flags, at = _read_number(header, at)
    extra_size = data_size = 0
    if flags & _HAS_EXTRA:
        extra_size, at = _read_number(header, at)
    if flags & _HAS_DATA:
        data_size, at = _read_number(header, at)
    if kind != FILE:
        return Block(kind), data_size
    extras = header[max(at, len(header) - extra_size) :]
    return Block(kind, _read_checksum(header, at), _has_encryption(extras)), data_size


def _read_checksum(header: bytes, at: int) -> int | None:
    flags, at = _read_number(header, at)
    for _ in ("size", "attributes"):
        _, at = _read_number(header, at)
    if flags & _HAS_TIME:
        at += 4
    return int.from_bytes(header[at : at + 4], "little") if flags & _HAS_CHECKSUM else None


def _has_encryption(extras: bytes) -> bool:
    """Tell whether one of a file's records is about its encryption. Raises IndexError."""
    at = 0
    while at < len(extras):
        size, at = _read_number(extras, at)
        kind, _ = _read_number(extras, at)
        if kind == _ENCRYPTION:
            return True
        at += size
    return False


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number in sevens of bits, the lowest first, and where it ends. Raises IndexError."""
    value = 0
    for n, byte in enumerate(data[at : at + _MOST_BYTES]):
        value |= (byte & 0x7F) << 7 * n
        if not byte & 0x80:
            return value, at + n + 1
    raise IndexError("the number does not end")
