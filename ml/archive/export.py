"""The filtered zip as a stream of exact length.

Members are copied as they lie in the archive, compressed, with the bytes of their names, their
times, attributes and extra fields; only sizes and offsets are written anew. So nothing is built
first, and the length is known before the first byte. (PKWARE APPNOTE 6.3, sections 4.3 and 4.5.3)
"""

import dataclasses
import struct
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ml.archive.names import extra_fields, raw_name
from ml.archive.reader import open_zip
from ml.errors import ArchiveError

_CHUNK = 1 << 20
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF
_DESCRIPTOR = 0x8  # flag: sizes follow the data; here they are known before
_ZIP64 = 1  # kind of the extra field that holds large sizes
_ZIP64_VERSION = 45


@dataclasses.dataclass(frozen=True)
class Export:
    """A zip that does not exist yet: its length in bytes, and its bytes."""

    length: int
    chunks: Iterator[bytes]


@dataclasses.dataclass(frozen=True, slots=True)
class _Source:
    info: zipfile.ZipInfo
    data_offset: int  # of the compressed bytes, in the archive
    header: bytes  # that goes before them


def export(archive: Path, numbers: Iterable[int]) -> Export:
    """The members of those numbers, in the archive's order, as a zip of their own.

    Raises ArchiveError when a member is not where the archive's directory says.
    """
    with open_zip(archive) as zf:
        infos, comment = zf.infolist(), zf.comment
    with archive.open("rb") as stream:
        sources = [_locate(stream, infos[number]) for number in sorted(set(numbers))]
    directory = _directory(sources, comment)
    length = sum(len(s.header) + s.info.compress_size for s in sources) + len(directory)
    return Export(length, _chunks(archive, sources, directory))


def _chunks(archive: Path, sources: list[_Source], directory: bytes) -> Iterator[bytes]:
    with archive.open("rb") as stream:
        for source in sources:
            yield source.header
            stream.seek(source.data_offset)
            left = source.info.compress_size
            while left:
                chunk = stream.read(min(left, _CHUNK))
                if not chunk:
                    raise ArchiveError(f"The archive ends within {source.info.filename!r}.")
                left -= len(chunk)
                yield chunk
    yield directory


def _locate(stream: BinaryIO, info: zipfile.ZipInfo) -> _Source:
    """Where a member's data lie: extra fields differ between local header and directory."""
    stream.seek(info.header_offset)
    header = stream.read(_LOCAL.size)
    if len(header) != _LOCAL.size or not header.startswith(b"PK\3\4"):
        raise ArchiveError(f"{info.filename!r} is not where the archive's directory says.")
    *_, name_size, extra_size = _LOCAL.unpack(header)
    stream.seek(name_size, 1)
    extra = stream.read(extra_size)
    data_offset = info.header_offset + _LOCAL.size + name_size + extra_size
    return _Source(info, data_offset, _local_header(info, _without_zip64(extra)))


def _local_header(info: zipfile.ZipInfo, extra: bytes) -> bytes:
    name = raw_name(info)
    large = max(info.file_size, info.compress_size) >= _MAX32
    if large:
        extra = _zip64(info.file_size, info.compress_size) + extra
    sizes = (_MAX32, _MAX32) if large else (info.compress_size, info.file_size)
    fixed = (_version(info, large), info.flag_bits & ~_DESCRIPTOR, info.compress_type)
    return (
        _LOCAL.pack(b"PK\3\4", *fixed, *_dos_time(info), info.CRC, *sizes, len(name), len(extra))
        + name
        + extra
    )


def _central_header(source: _Source, offset: int) -> bytes:
    info, name = source.info, raw_name(source.info)
    large = [value >= _MAX32 for value in (info.file_size, info.compress_size, offset)]
    values = (info.file_size, info.compress_size, offset)
    extra = _without_zip64(info.extra)
    if any(large):
        extra = _zip64(*(v for v, over in zip(values, large, strict=True) if over)) + extra
    file_size, packed_size, at = (min(v, _MAX32) for v in values)
    fixed = _CENTRAL.pack(
        b"PK\1\2",
        *(info.create_version, info.create_system, _version(info, any(large)), info.reserved),
        *(info.flag_bits & ~_DESCRIPTOR, info.compress_type, *_dos_time(info)),
        *(info.CRC, packed_size, file_size),
        *(len(name), len(extra), len(info.comment), 0, info.internal_attr),
        *(info.external_attr, at),
    )
    return fixed + name + extra + info.comment


def _directory(sources: list[_Source], comment: bytes) -> bytes:
    """The central directory and the records that end the archive."""
    headers, offset = [], 0
    for source in sources:
        headers.append(_central_header(source, offset))
        offset += len(source.header) + source.info.compress_size
    directory = b"".join(headers)
    count, size = len(sources), len(directory)
    end64 = b""
    if count >= _MAX16 or max(size, offset) >= _MAX32:
        versions = (_ZIP64_VERSION, _ZIP64_VERSION)
        end64 = _END64.pack(b"PK\6\6", 44, *versions, 0, 0, count, count, size, offset)
        end64 += _LOCATOR64.pack(b"PK\6\7", 0, offset + size, 1)
    short, sizes = min(count, _MAX16), (min(size, _MAX32), min(offset, _MAX32))
    end = _END.pack(b"PK\5\6", 0, 0, short, short, *sizes, len(comment))
    return directory + end64 + end + comment


def _version(info: zipfile.ZipInfo, large: bool) -> int:
    return max(info.extract_version, _ZIP64_VERSION) if large else info.extract_version


def _dos_time(info: zipfile.ZipInfo) -> tuple[int, int]:
    year, month, day, hour, minute, second = info.date_time
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day


def _zip64(*values: int) -> bytes:
    return struct.pack(f"<HH{len(values)}Q", _ZIP64, 8 * len(values), *values)


def _without_zip64(extra: bytes) -> bytes:
    """The extra field less its Zip64 part; what is no well-formed field at its end stays."""
    return b"".join(
        field if kind < 0 else struct.pack("<HH", kind, len(field)) + field
        for kind, field in extra_fields(extra)
        if kind != _ZIP64
    )
