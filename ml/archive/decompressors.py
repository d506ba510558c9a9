"""The methods by which members are packed: one decompressor each, whose output is bounded.

Every decompressor returns at most as many bytes as its caller asks for, and none takes a dictionary
of more than MAX_DICTIONARY bytes.
"""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable
from typing import Protocol

import inflate64
from backports import zstd

from ml.archive import layout
from ml.archive.random_access import RandomAccessFile
from ml.errors import ArchiveError, MemberUnreadable

MAX_DICTIONARY = 64 * 2**20  # bytes of the window that LZMA, XZ and Zstandard may ask for
# Deflate64 has runs of 64 kB in 3 bytes: so many bytes of input give at most 2 MB of output.
_DEFLATE64_INPUT = 64
# Errors that damaged data cause in decompressors and in reading.
DAMAGED = (zlib.error, lzma.LZMAError, zstd.ZstdError, struct.error, OSError, EOFError, ValueError)


class Decompressor(Protocol):
    """The interface that bz2, lzma and zstd share."""

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
    """zlib's decompressor with the interface of the others."""

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


class _Inflate64:
    """Deflate64, whose library sets no limit on its output: small inputs do."""

    def __init__(self) -> None:
        self._inflater = inflate64.Inflater()
        self._packed = self._out = b""
        self._position = 0  # in the packed bytes

    @property
    def eof(self) -> bool:
        return bool(self._inflater.eof) and not self._out

    @property
    def needs_input(self) -> bool:
        return not self._out and self._position >= len(self._packed)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        self._packed, self._position = self._packed[self._position :] + data, 0
        while not self._out and self._position < len(self._packed) and not self._inflater.eof:
            end = self._position + _DEFLATE64_INPUT
            self._out = self._inflater.inflate(self._packed[self._position : end])
            self._position = end
        out, self._out = self._out[:max_length], self._out[max_length:]
        return out


def _make_lzma(file: RandomAccessFile, offset: int) -> tuple[Decompressor, int]:
    """Read the properties that a zip puts before LZMA data: version, their size, five bytes."""
    size, properties, dictionary = struct.unpack("<2xHBL", file.read(9, offset))
    if size != 5 or properties >= 9 * 5 * 5:
        raise make_damage_error("its LZMA properties are not valid")
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


def _make_xz(_file: RandomAccessFile, offset: int) -> tuple[Decompressor, int]:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=2 * MAX_DICTIONARY), offset


def _make_zstd(_file: RandomAccessFile, offset: int) -> tuple[Decompressor, int]:
    window = {int(zstd.DecompressionParameter.window_log_max): MAX_DICTIONARY.bit_length() - 1}
    return zstd.ZstdDecompressor(options=window), offset


_MAKERS: dict[int, Callable[[RandomAccessFile, int], tuple[Decompressor, int]]] = {
    layout.STORED: lambda _file, offset: (_Store(), offset),
    layout.DEFLATED: lambda _file, offset: (_Inflate(), offset),
    layout.DEFLATED64: lambda _file, offset: (_Inflate64(), offset),
    layout.BZIP2: lambda _file, offset: (bz2.BZ2Decompressor(), offset),
    layout.LZMA: _make_lzma,
    layout.ZSTANDARD: _make_zstd,
    layout.XZ: _make_xz,
}
METHODS = frozenset(_MAKERS)
# Of RAR and 7z, by numbers that no zip uses: members whose method libarchive does not know get them
# when the archive is converted, so that their rows can tell the reason.
FOREIGN_METHODS = {
    0xF700: "an unknown method",
    0xF701: "Zstandard",
    0xF702: "Brotli",
    0xF704: "LZ4",
    0xF705: "LZ5",
    0xF706: "Lizard",
    0xF708: "RAR 4's solid method",
    0xF709: "Deflate64",
}


class UnknownMethod(MemberUnreadable):
    """A member is packed by one of FOREIGN_METHODS, or cannot be reached because of one."""

    def __init__(self, method: int) -> None:
        super().__init__(describe_unknown_method(method))
        self.method = method


def make_decompressor(file: RandomAccessFile, method: int, offset: int) -> tuple[Decompressor, int]:
    """Return the decompressor of a method, and the offset of the data after their header.

    Raises MemberUnreadable.
    """
    if method not in _MAKERS:
        raise MemberUnreadable(describe_unknown_method(method))
    return _MAKERS[method](file, offset)


def describe_unknown_method(method: int) -> str:
    """Return the reason to skip a member whose method is not in METHODS."""
    if method in FOREIGN_METHODS:
        return f"in an archive with {_describe_foreign(method)}"  # maybe only one before it is so
    return f"packed by a method that MonaSieve does not read ({method})"


def make_foreign_error(method: int) -> ArchiveError:
    """Return the error of an archive that cannot be read because of one of FOREIGN_METHODS."""
    return ArchiveError(f"This archive has {_describe_foreign(method)}.")


def _describe_foreign(method: int) -> str:
    return (
        f"files packed by {FOREIGN_METHODS[method]}, which MonaSieve cannot unpack: pack the "
        "pictures again, as a zip"
    )


def make_damage_error(why: str) -> MemberUnreadable:
    return MemberUnreadable(f"damaged in the archive: {why}"[:200])
