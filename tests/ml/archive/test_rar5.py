"""The blocks of a RAR 5 archive, and what libarchive does not notice."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from ml.archive.random_access import RandomAccessFile
from ml.archive.rar5 import END, FILE, SIGNATURE, iter_blocks
from ml.archive.with_libarchive import iter_with_libarchive
from ml.errors import ArchiveError, MemberUnreadable
from tests.ml.archive.other_formats import pack_rar

MEMBERS = {"a.png": b"first" * 5000, "b.png": b"second" * 5000}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return pack_rar(tmp_path / "a.rar", MEMBERS)


def read_all(archive: Path) -> list[bytes]:
    return [b"".join(m.chunks) for m in iter_with_libarchive(archive, "a RAR archive")]


def test_the_blocks_tell_the_checksums_of_the_files(archive: Path) -> None:
    with RandomAccessFile(archive) as file:
        blocks = list(iter_blocks(file))
    assert [b.checksum for b in blocks if b.kind == FILE] == [
        zlib.crc32(data) for data in MEMBERS.values()
    ]
    assert blocks[-1].kind == END


def test_a_damaged_member_is_unreadable_and_the_next_one_is_whole(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    data[data.index(b"first") + 9000] ^= 255
    archive.write_bytes(data)
    members = iter_with_libarchive(archive, "a RAR archive")
    with pytest.raises(MemberUnreadable, match="its checksum is wrong"):
        b"".join(next(members).chunks)
    assert b"".join(next(members).chunks) == MEMBERS["b.png"]


def test_what_stands_behind_the_end_does_not_matter(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes() + bytes(70_000))
    assert read_all(archive) == [*MEMBERS.values()]


def test_an_encrypted_member_is_no_damaged_one(tmp_path: Path) -> None:
    file = pack_rar(tmp_path / "a.rar", MEMBERS, encrypted={"b.png"})
    first, second = [
        (member.entry.is_encrypted, b"".join(member.chunks))
        for member in iter_with_libarchive(file, "a RAR archive")
    ]
    assert first == (False, MEMBERS["a.png"])
    assert second == (True, b"")


@pytest.mark.parametrize("cut", [10, 25_050, 55_060])
def test_a_missing_end_is_said(archive: Path, cut: int) -> None:
    whole = archive.read_bytes()
    assert len(SIGNATURE) < len(whole) - cut
    archive.write_bytes(whole[:-cut])
    with pytest.raises((ArchiveError, MemberUnreadable)):
        read_all(archive)


@pytest.mark.parametrize("tail", [b"", b"\x80" * 4000, bytes(4000), b"\xff" * 4000])
def test_blocks_that_are_none_end_the_walk(tmp_path: Path, tail: bytes) -> None:
    file = tmp_path / "a.rar"
    file.write_bytes(SIGNATURE + tail)
    with RandomAccessFile(file) as stream:
        assert list(iter_blocks(stream)) == []
