"""Unpacking in bounded memory."""

import bz2
import lzma
import zlib
from pathlib import Path

import pytest
from backports import zstd

from ml.archive import layout
from ml.archive.decompressors import MAX_DICTIONARY
from ml.archive.directory import read_directory
from ml.archive.random_access import RandomAccessFile
from ml.archive.unpack import unpack, unpack_start
from ml.errors import MemberUnreadable
from tests.ml.archive.memory import peak_memory
from tests.ml.archive.raw_zip import RawEntry, deflate, deflate64, lzma_data, raw_zip
from tests.ml.archive.zips import picture

CONTENT = picture() + bytes(range(256)) * 2000
BOMB = 60_000_000
PACKERS = {
    layout.STORED: lambda data: data,
    layout.DEFLATED: deflate,
    layout.BZIP2: bz2.compress,
    layout.DEFLATED64: deflate64,
    layout.LZMA: lzma_data,
    layout.ZSTANDARD: zstd.compress,
    layout.XZ: lzma.compress,
}


def packed(method: int, content: bytes = CONTENT, *, size: int | None = None) -> RawEntry:
    return RawEntry(
        data=PACKERS[method](content),
        method=method,
        size=len(content) if size is None else size,
        crc=zlib.crc32(content[:size]),
        flags=layout.LZMA_END_MARKER if method == layout.LZMA else 0,
    )


def unpacked(tmp_path: Path, entry: RawEntry) -> bytes:
    with RandomAccessFile(raw_zip(tmp_path / "a.zip", [entry])) as file:
        return unpack(file, read_directory(file)[0])


@pytest.mark.parametrize("method", PACKERS)
@pytest.mark.parametrize("content", [b"", b"x", CONTENT])
def test_every_method_gives_the_bytes_back(tmp_path: Path, method: int, content: bytes) -> None:
    assert unpacked(tmp_path, packed(method, content)) == content


def test_lzma_without_an_end_marker_ends_where_its_size_says(tmp_path: Path) -> None:
    whole = lzma_data(CONTENT)
    entry = RawEntry(
        data=whole, method=layout.LZMA, size=len(CONTENT), crc=zlib.crc32(CONTENT), flags=0
    )
    assert unpacked(tmp_path, entry) == CONTENT


@pytest.mark.parametrize("method", PACKERS)
def test_more_output_than_claimed_is_damaged(tmp_path: Path, method: int) -> None:
    with pytest.raises(MemberUnreadable, match="more than the 1,000 bytes that it claims"):
        unpacked(tmp_path, packed(method, size=1000))


@pytest.mark.parametrize("method", PACKERS)
def test_less_output_than_claimed_is_damaged(tmp_path: Path, method: int) -> None:
    content = CONTENT[:1000]
    entry = packed(method, content, size=2000)
    with pytest.raises(MemberUnreadable, match="ends after 1,000 of 2,000 bytes"):
        unpacked(tmp_path, entry)


@pytest.mark.parametrize("method", PACKERS)
def test_a_bomb_takes_no_more_memory_than_it_claims(tmp_path: Path, method: int) -> None:
    entry = packed(method, bytes(BOMB), size=100_000)
    archive = raw_zip(tmp_path / "a.zip", [entry])
    with RandomAccessFile(archive) as file:
        member = read_directory(file)[0]
        with peak_memory() as peak:
            with pytest.raises(MemberUnreadable, match="more than the 100,000 bytes"):
                unpack(file, member)
            assert unpack_start(file, member, 16) == bytes(16)
    assert peak() < 12_000_000  # bzip2 holds blocks of 900 kB, LZMA its dictionary


def test_a_picture_is_held_once(tmp_path: Path) -> None:
    archive = raw_zip(tmp_path / "a.zip", [packed(layout.DEFLATED, bytes(10_000_000))])
    with RandomAccessFile(archive) as file:
        member = read_directory(file)[0]
        with peak_memory() as peak:
            unpack(file, member)
    assert peak() < 16_000_000


def test_a_dictionary_of_gigabytes_is_refused(tmp_path: Path) -> None:
    data = lzma_data(CONTENT, claimed=0xFFFFFFFF)
    entry = RawEntry(data=data, method=layout.LZMA, size=len(CONTENT))
    with pytest.raises(MemberUnreadable, match="needs 4,294,967,295 bytes of memory to unpack"):
        unpacked(tmp_path, entry)
    data = lzma_data(CONTENT, claimed=MAX_DICTIONARY)
    entry = RawEntry(
        data=data, method=layout.LZMA, size=len(CONTENT), crc=zlib.crc32(CONTENT), flags=2
    )
    assert unpacked(tmp_path, entry) == CONTENT


@pytest.mark.parametrize("start", [b"", b"\x09\x04", b"\x09\x04\5\0\xe1\0\0\0\0", b"abcdefghi"])
def test_false_properties_of_lzma_are_damaged(tmp_path: Path, start: bytes) -> None:
    with pytest.raises(MemberUnreadable, match="damaged"):
        unpacked(tmp_path, RawEntry(data=start, method=layout.LZMA, size=10))


@pytest.mark.parametrize("method", PACKERS)
def test_rubbish_is_damaged(tmp_path: Path, method: int) -> None:
    for data in (b"", b"rubbish" * 50, PACKERS[method](CONTENT)[20:]):
        with pytest.raises(MemberUnreadable, match="damaged"):
            unpacked(tmp_path, RawEntry(data=data, method=method, size=3000, crc=1))


def test_a_wrong_checksum_is_damaged(tmp_path: Path) -> None:
    entry = RawEntry(data=b"content", crc=1)
    with pytest.raises(MemberUnreadable, match=r"checksum \(CRC-32\) is wrong"):
        unpacked(tmp_path, entry)


def test_running_out_of_memory_is_the_members_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        eof, needs_input = False, True

        def decompress(self, data: bytes, max_length: int) -> bytes:
            raise MemoryError

    monkeypatch.setattr(bz2, "BZ2Decompressor", Full)
    archive = raw_zip(tmp_path / "a.zip", [packed(layout.BZIP2)])
    with RandomAccessFile(archive) as file:
        member = read_directory(file)[0]
        with pytest.raises(MemberUnreadable, match="needs more memory"):
            unpack(file, member)
        with pytest.raises(MemberUnreadable, match="needs more memory"):
            unpack_start(file, member, 16)


def test_an_unknown_method_is_named(tmp_path: Path) -> None:
    with pytest.raises(MemberUnreadable, match=r"does not read \(98\)"):
        unpacked(tmp_path, RawEntry(data=b"x", method=98))


def test_a_local_header_in_the_wrong_place_is_damaged(tmp_path: Path) -> None:
    entries = [RawEntry(data=picture(), offset=3), RawEntry(data=picture())]
    archive = raw_zip(tmp_path / "a.zip", entries)
    with RandomAccessFile(archive) as file:
        directory = read_directory(file)
        with pytest.raises(MemberUnreadable, match="not where the list of members says"):
            unpack(file, directory[0])
        assert unpack(file, directory[1]) == picture()


def test_a_stream_that_gives_nothing_is_not_read_to_its_end(tmp_path: Path) -> None:
    empty_blocks = b"\0\0\0\xff\xff" * 200_000  # stored blocks of no bytes
    archive = raw_zip(tmp_path / "a.zip", [RawEntry(data=empty_blocks, method=8, size=9)])
    reads: list[int] = []

    class Counting(RandomAccessFile):
        def read(self, size: int, offset: int) -> bytes:
            reads.append(size)
            return super().read(size, offset)

    with Counting(archive) as file:
        member = read_directory(file)[0]
        reads.clear()
        assert unpack_start(file, member, 16) == b""
    assert sum(reads) < 200_000
