"""The records of a zip, as PKWARE's APPNOTE 6.3 lays them out (sections 4.3 and 4.5)."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

LOCAL_SIGNATURE = b"PK\3\4"
CENTRAL_SIGNATURE = b"PK\1\2"
DIGITAL_SIGNATURE = b"PK\5\5"
END_SIGNATURE = b"PK\5\6"
END64_SIGNATURE = b"PK\6\6"
LOCATOR64_SIGNATURE = b"PK\6\7"

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR64 = struct.Struct("<4sLQL")

MAX16 = 0xFFFF
MAX32 = 0xFFFFFFFF

ENCRYPTED = 0x1
LZMA_END_MARKER = 0x2
DESCRIPTOR = 0x8  # the sizes follow the data
UTF8 = 0x800

STORED = 0
DEFLATED = 8
DEFLATED64 = 9
BZIP2 = 12
LZMA = 14
ZSTANDARD = 93
XZ = 95

ZIP64_FIELD = 1  # kind of the extra field that holds sizes and offsets of 64 bits
UNICODE_PATH_FIELD = 0x7075  # Info-ZIP's: the name in UTF-8, beside the old one


class LocalHeader(NamedTuple):
    """The fields of LOCAL, before a member's data; the name and the extra field follow."""

    signature: bytes
    version_needed: int
    flags: int
    method: int
    time: int  # as MS-DOS writes it
    date: int
    crc: int
    packed_size: int
    size: int
    name_size: int
    extra_size: int


class CentralHeader(NamedTuple):
    """The fields of CENTRAL; the name, the extra field and the comment follow."""

    signature: bytes
    made_by: int  # version, and the operating system in the upper byte
    version_needed: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed_size: int
    size: int
    name_size: int
    extra_size: int
    comment_size: int
    disk: int
    internal_attributes: int
    external_attributes: int
    offset: int  # of the local header, from the archive's first byte


class EndOfDirectory(NamedTuple):
    """The fields of END; the comment follows."""

    signature: bytes
    disk: int
    directory_disk: int
    disk_entries: int
    entries: int
    size: int  # of the directory
    offset: int  # of the directory, from the archive's first byte
    comment_size: int


class EndOfDirectory64(NamedTuple):
    """The fields of END64."""

    signature: bytes
    record_size: int  # without the first two fields
    made_by: int
    version_needed: int
    disk: int
    directory_disk: int
    disk_entries: int
    entries: int
    size: int
    offset: int


def iter_extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the parts of an extra field as (kind, content).

    Trailing bytes that form no part come last, with the kind -1.
    """
    at = 0
    while at < len(extra):
        kind, size = struct.unpack_from("<HH", extra, at) if at + 4 <= len(extra) else (-1, 0)
        if kind < 0 or at + 4 + size > len(extra):
            yield -1, extra[at:]
            return
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size
