"""A 7z that lists no file is told from a damaged one."""

import struct
import zlib
from pathlib import Path

import pytest

from ml.archive.random_access import RandomAccessFile
from ml.archive.seven_zip import is_empty
from ml.errors import ArchiveError
from tests.ml.archive.other_formats import pack_7z
from tests.ml.archive.test_conversion import make_zip

PACKED = {
    "LZMA2": "1706 01 01 0906 00 070b 01 00 01 212101 18 0c02 00 00",  # as py7zr writes it
    "LZMA": "1706 00 01 0907 00 070b 01 00 01 230301 01 05 5d00001000 0c02 0a01 01020304 00 00",
    "store": "1706 00 01 0902 00 070b 01 00 01 0100 0c02 00 00",
}


def make_7z(folder: Path, files: bytes, packed: bytes = b"") -> Path:
    """A 7z whose list of files has these bytes, behind packed bytes."""
    start = struct.pack("<QQL", len(packed), len(files), zlib.crc32(files))
    head = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(start)) + start
    file = folder / "a.7z"
    file.write_bytes(head + packed + files)
    return file


@pytest.mark.parametrize(
    "files",
    ["", "0100", *PACKED.values()],
    ids=["none", "plain", *PACKED],
)
def test_an_archive_without_files_is_called_empty(tmp_path: Path, files: str) -> None:
    file = make_7z(tmp_path, bytes.fromhex(files), packed=b"packed")
    assert is_empty(RandomAccessFile(file))
    with pytest.raises(ArchiveError, match=r"This archive is empty: there is no file in it\."):
        make_zip(file)


@pytest.mark.parametrize(
    "files",
    [
        "0101",
        "1706 01 01 0906 00 070b 01 00 01 212101 18 0c14 00 00",  # it unpacks to 20 bytes
        "1706 01 01 0906 00 070b 01 00 01 212101 18 0c50 0a01 01020c02 00 00",
    ],
)
def test_other_lists_are_not_called_empty(tmp_path: Path, files: str) -> None:
    file = make_7z(tmp_path, bytes.fromhex(files))
    assert not is_empty(RandomAccessFile(file))
    with pytest.raises(ArchiveError, match="damaged or incomplete"):
        make_zip(file)


def test_an_archive_with_files_or_with_damage_is_not_called_empty(tmp_path: Path) -> None:
    assert not is_empty(RandomAccessFile(pack_7z(tmp_path / "b.7z", {"a.png": b"abc"})))
    file = make_7z(tmp_path, b"\1\0")
    whole = file.read_bytes()
    for damaged in (whole[:20], whole[:-1], whole[:-1] + b"\1"):
        file.write_bytes(damaged)
        assert not is_empty(RandomAccessFile(file))
