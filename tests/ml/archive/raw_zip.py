"""Zips written byte by byte, because no well-meaning program writes what hostile ones hold."""

import dataclasses
import lzma
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import inflate64

from ml.archive import layout


@dataclasses.dataclass(frozen=True)
class RawEntry:
    """One member: `data` is packed already; what is None is computed."""

    name: bytes = b"a.png"
    data: bytes = b""
    method: int = 0
    size: int | None = None
    crc: int | None = None
    packed_size: int | None = None
    offset: int | None = None
    flags: int = 0
    version_needed: int = 20
    external_attributes: int = 0
    extra: bytes = b""
    comment: bytes = b""
    disk: int = 0

    def local_header(self) -> bytes:
        """The header before the data."""
        header = layout.LocalHeader(
            signature=b"PK\3\4",
            version_needed=self.version_needed,
            flags=self.flags,
            method=self.method,
            time=0,
            date=33,
            crc=self._crc(),
            packed_size=len(self.data),
            size=self._size() & layout.MAX32,
            name_size=len(self.name),
            extra_size=0,
        )
        return layout.LOCAL.pack(*header) + self.name

    def central_header(self, offset: int) -> bytes:
        """The entry of the directory."""
        header = layout.CentralHeader(
            signature=b"PK\1\2",
            made_by=0x0314,
            version_needed=self.version_needed,
            flags=self.flags,
            method=self.method,
            time=0,
            date=33,
            crc=self._crc(),
            packed_size=len(self.data) if self.packed_size is None else self.packed_size,
            size=self._size(),
            name_size=len(self.name),
            extra_size=len(self.extra),
            comment_size=len(self.comment),
            disk=self.disk,
            internal_attributes=0,
            external_attributes=self.external_attributes,
            offset=offset if self.offset is None else self.offset,
        )
        return layout.CENTRAL.pack(*header) + self.name + self.extra + self.comment

    def _size(self) -> int:
        return len(self.data) if self.size is None else self.size

    def _crc(self) -> int:
        return zlib.crc32(self.data) if self.crc is None else self.crc


def end_record(
    entries: int, size: int, offset: int, comment: bytes = b"", *, disk: int = 0
) -> bytes:
    """The record that ends a zip."""
    record = layout.EndOfDirectory(
        signature=b"PK\5\6",
        disk=disk,
        directory_disk=disk,
        disk_entries=entries & layout.MAX16,
        entries=entries & layout.MAX16,
        size=size,
        offset=offset,
        comment_size=len(comment),
    )
    return layout.END.pack(*record) + comment


def raw_zip(
    file: Path, entries: Sequence[RawEntry], *, comment: bytes = b"", directory: bytes | None = None
) -> Path:
    """Write a zip of these members; `directory` takes the place of the true one."""
    body, headers = bytearray(), bytearray()
    for entry in entries:
        headers += entry.central_header(len(body))
        body += entry.local_header() + entry.data
    listed = bytes(headers) if directory is None else directory
    end = end_record(len(entries), len(listed), len(body), comment)
    file.write_bytes(body + listed + end)
    return file


def numbered(count: int) -> list[RawEntry]:
    """Members with names of usual length and one byte each."""
    return [RawEntry(name=b"some folder/picture %06d.jpg" % n, data=b"x") for n in range(count)]


def deflate(data: bytes) -> bytes:
    """Raw deflate, as zips hold it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def deflate64(data: bytes) -> bytes:
    """Raw Deflate64, as zips of Windows hold it."""
    packer = inflate64.Deflater()
    return bytes(packer.deflate(data) + packer.flush())


def lzma_data(data: bytes, *, dictionary: int = 1 << 20, claimed: int | None = None) -> bytes:
    """LZMA data behind the properties that zips put before them."""
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": 3, "lp": 0, "pb": 2}]
    packer = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=filters)
    properties = struct.pack("<BBHBL", 9, 4, 5, 93, dictionary if claimed is None else claimed)
    return properties + packer.compress(data) + packer.flush()
