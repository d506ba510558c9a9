"""Archives of other formats than zip, for tests."""

import functools
import io
import operator
import tarfile
import zlib
from collections.abc import Collection
from pathlib import Path


def pack_tar(file: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    """A tar of these members; `mode` is one of tarfile's, such as `w:gz`."""
    with tarfile.open(file, mode) as tar:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), 1_600_000_000, 0o640
            tar.addfile(info, io.BytesIO(data))
    return file


def pack_rar(
    file: Path,
    members: dict[str, bytes],
    *,
    attributes: int = 0o100644,
    is_encrypted: bool = False,
    encrypted: Collection[str] = (),
    is_compressed: bool = False,
) -> Path:
    """A RAR archive (version 5) of these members.

    `is_encrypted` announces that all that follows is encrypted, which it is not; so do the
    members in `encrypted` of their own bytes.
    """
    out = b"Rar!\x1a\x07\x01\x00" + (_rar_block(4, bytes(19)) if is_encrypted else b"")
    out += _rar_block(1, b"\0")
    for name, data in members.items():
        encoded = name.encode()
        fields = [
            _vint(4),
            _vint(len(data)),
            _vint(attributes),
            zlib.crc32(data).to_bytes(4, "little"),
            _vint(0x80 if is_compressed else 0),
            _vint(1),
            _vint(len(encoded)),
            encoded,
        ]  # flags, size, attributes, checksum; method, system, name
        time = _vint(2) + _vint(3) + b"\0"
        encryption = _vint(2) + _vint(1) + b"\0"
        extras = time + encryption if name in encrypted else b""
        packed = _compress_rar(data) if is_compressed else data
        out += _rar_block(2, b"".join(fields), packed, extras)
    file.write_bytes(out + _rar_block(5, b"\0"))
    return file


def pack_7z(file: Path, members: dict[str, bytes]) -> Path:
    """A 7z archive of these members, not compressed, made by libarchive."""
    import libarchive

    with libarchive.file_writer(str(file), "7zip", options="compression=store") as archive:
        for name, data in members.items():
            archive.add_file_from_memory(name, len(data), data)
    return file


def _rar_block(kind: int, fields: bytes, data: bytes = b"", extras: bytes = b"") -> bytes:
    sizes = (_vint(len(extras)) if extras else b"") + (_vint(len(data)) if data else b"")
    flags = bool(extras) | 2 * bool(data)
    body = _vint(kind) + _vint(flags) + sizes + fields + extras
    sized = _vint(len(body)) + body
    return zlib.crc32(sized).to_bytes(4, "little") + sized + data


def _compress_rar(data: bytes) -> bytes:
    """One block of RAR 5's compression with nothing but literals, so it is longer than the data.

    All codes of a table are of one length, and so each code is the number of its symbol.
    """
    lengths = [9] * 306 + [6] * 64 + [4] * 16 + [6] * 44  # literals, distances, low bits, repeats
    bits = "0101" * 20 + "".join(f"{length:05b}" for length in lengths)
    bits += "".join(f"{byte:09b}" for byte in data)
    size = -(-len(bits) // 8)
    block = int(bits.ljust(8 * size, "0"), 2).to_bytes(size, "big")
    flags = 0b11_0_10_000 | (len(bits) - 1) % 8  # a table, the last block, three bytes of size
    header = bytes([flags, 0]) + size.to_bytes(3, "little")
    checksum = functools.reduce(operator.xor, header, 0x5A)
    return bytes([flags, checksum]) + header[2:] + block


def _vint(value: int) -> bytes:
    """A number in sevens of bits, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
