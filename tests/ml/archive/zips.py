"""Zips for tests: ordinary ones, and ones that no well-meaning program writes."""

import io
import zipfile
import zlib
from pathlib import Path

from PIL import Image

import ml.vision.decode  # noqa: F401 - teaches Pillow to write HEIC


def picture(
    kind: str = "PNG", size: tuple[int, int] = (40, 30), colour: str = "red", **save: object
) -> bytes:
    """The bytes of a plain picture in one of Pillow's formats."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **save)
    return out.getvalue()


def pack(file: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    """A zip of these members."""
    with zipfile.ZipFile(file, "w", method) as zf:
        for name, data in members.items():
            zf.writestr(name, data)
    return file


def pack_raw_names(file: Path, members: dict[bytes, bytes]) -> Path:
    """A zip whose names are bytes in an encoding that it does not tell."""
    stand_ins = {f"{n:0{len(name)}d}": name for n, name in enumerate(members)}
    pack(file, dict(zip(stand_ins, members.values(), strict=True)))
    data = file.read_bytes()
    for stand_in, name in stand_ins.items():
        assert data.count(stand_in.encode()) == 2
        data = data.replace(stand_in.encode(), name)
    file.write_bytes(data)
    return file


def set_flag(file: Path, flag: int) -> Path:
    """Set a general purpose flag of every member in the central directory and local headers."""
    data = bytearray(file.read_bytes())
    for signature, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= flag & 0xFF
            data[at + offset + 1] |= flag >> 8
            at = data.find(signature, at + 4)
    file.write_bytes(data)
    return file


def claim_size(file: Path, true_size: int, claimed: int) -> Path:
    """Let headers claim another unpacked size than the data have."""
    old, new = true_size.to_bytes(4, "little"), claimed.to_bytes(4, "little")
    file.write_bytes(file.read_bytes().replace(old, new))
    return file


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims a size."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + checksum

    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
