"""Entries of a zip's directory: good, odd and damaged."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.archive import layout
from ml.archive.directory import Directory, read_directory
from ml.archive.limits import Limits
from ml.archive.random_access import RandomAccessFile
from ml.errors import ArchiveTooLarge
from tests.ml.archive.memory import peak_memory
from tests.ml.archive.raw_zip import RawEntry, end_record, raw_zip
from tests.ml.archive.zips import pack, picture


def read(archive: Path, limits: Limits | None = None) -> Directory:
    with RandomAccessFile(archive) as file:
        return read_directory(file, limits)


def test_an_entry_says_what_zipfile_says(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        info = zipfile.ZipInfo("ö/mona.png", (2019, 7, 1, 12, 34, 56))
        info.comment, info.extra, info.external_attr = b"comment", b"UT\1\0x", 0o640 << 16
        zf.writestr("first.png", b"x")
        zf.writestr(info, picture(), zipfile.ZIP_DEFLATED)
        zf.comment = b"all"
    directory = read(archive)
    with zipfile.ZipFile(archive) as zf:
        info = zf.infolist()[1]
    entry = directory[1]
    assert (len(directory), directory.comment, entry.number) == (2, b"all", 1)
    assert (entry.name.decode(), entry.flags, entry.method, entry.crc) == (
        *(info.filename, info.flag_bits, info.compress_type, info.CRC),
    )
    assert (entry.size, entry.packed_size, entry.header_offset) == (
        *(info.file_size, info.compress_size, info.header_offset),
    )
    assert (entry.extra, entry.comment, entry.external_attributes) == (
        *(info.extra, info.comment, info.external_attr),
    )
    assert (entry.date, entry.time) == (39 << 9 | 7 << 5 | 1, 12 << 11 | 34 << 5 | 28)
    assert list(directory.iter_names()) == [(b"first.png", 0), ("ö/mona.png".encode(), 0x800)]
    assert entry.fault is None


@pytest.mark.parametrize(
    ("beginning", "fault"),
    [
        (
            b"of the part before",
            "in another part of this split zip: join all its parts, and send the whole",
        ),
        (RawEntry().local_header(), None),
    ],
)
def test_members_in_other_parts_of_a_split_zip_say_so(
    tmp_path: Path, beginning: bytes, fault: str | None
) -> None:
    here = RawEntry(name=b"here.png", data=picture(), disk=2)
    body = beginning + here.local_header() + here.data
    directory = RawEntry(name=b"before.png").central_header(0) + here.central_header(len(beginning))
    end = end_record(2, len(directory), len(body), disk=2)
    (tmp_path / "a.zip").write_bytes(body + directory + end)
    assert [one.fault for one in read(tmp_path / "a.zip")] == [fault, None]


def test_a_damaged_entry_takes_no_other_with_it(tmp_path: Path) -> None:
    names = [b"a.png", b"b.png", b"c.png"]
    headers = [RawEntry(name=name).central_header(0) for name in names]
    headers[1] = headers[1].replace(b"PK\1\2", b"PK\1\3")
    entry = RawEntry(data=picture())
    archive = raw_zip(tmp_path / "a.zip", [entry], directory=b"".join(headers))
    entries = list(read(archive))
    assert [one.name for one in entries] == [b"a.png", b"", b"c.png"]
    assert [one.fault is None for one in entries] == [True, False, True]
    assert [name for name, _ in read(archive).iter_names()] == [b"a.png", b"", b"c.png"]


def test_an_entry_that_is_longer_than_the_directory_is_damaged(tmp_path: Path) -> None:
    header = bytearray(RawEntry().central_header(0))
    header[28:30] = b"\xff\xff"  # length of the name
    archive = raw_zip(tmp_path / "a.zip", [RawEntry(data=picture())], directory=bytes(header))
    (entry,) = read(archive)
    assert entry.fault is not None


def test_a_digital_signature_behind_the_entries_is_none_of_them(tmp_path: Path) -> None:
    directory = RawEntry().central_header(0) + b"PK\5\5\2\0ab"
    archive = raw_zip(tmp_path / "a.zip", [RawEntry(data=picture())], directory=directory)
    assert len(read(archive)) == 1


def test_sizes_over_32_bits_come_from_the_zip64_field(tmp_path: Path) -> None:
    extra = b"UT\0\0" + b"\1\0\x08\0" + (77).to_bytes(8, "little")
    entry = RawEntry(data=picture(), size=layout.MAX32, extra=extra)
    (read_entry,) = read(raw_zip(tmp_path / "a.zip", [entry]))
    assert (read_entry.size, read_entry.fault) == (77, None)


def test_a_fault_leaves_no_size_to_believe(tmp_path: Path) -> None:
    entries = [
        RawEntry(size=layout.MAX32, extra=b"\1\0\0\0"),
        RawEntry(size=10**9, packed_size=10**9),
    ]
    for entry in read(raw_zip(tmp_path / "a.zip", entries)):
        assert entry.fault is not None
        assert entry.size == entry.packed_size == 0


def test_a_million_entries_are_refused_before_they_are_read(tmp_path: Path) -> None:
    """The directory is a hole in the file, so reading it would show in the memory."""
    archive, size = tmp_path / "a.zip", 46 * 1_000_000
    with archive.open("wb") as out:
        out.write(b"PK\1\2")
        out.truncate(size)
        out.seek(size)
        out.write(layout.END64.pack(b"PK\6\6", 44, 45, 45, 0, 0, 10**6, 10**6, size, 0))
        out.write(layout.LOCATOR64.pack(b"PK\6\7", 0, size, 1))
        out.write(end_record(layout.MAX16, layout.MAX32, layout.MAX32))
    with peak_memory() as peak:
        with pytest.raises(ArchiveTooLarge, match="has 1,000,000 members; the limit is 100,000"):
            read(archive, Limits())
        with pytest.raises(ArchiveTooLarge, match="46,000,000 bytes; the limit is 1,000,000"):
            read(archive, Limits(members=10**7, directory_bytes=10**6))
    assert peak() < 1_000_000


def test_entries_that_the_end_record_hides_are_counted(tmp_path: Path) -> None:
    directory = RawEntry().central_header(0) * 20
    archive = raw_zip(tmp_path / "a.zip", [RawEntry()], directory=directory)
    assert len(read(archive)) == 20
    with pytest.raises(ArchiveTooLarge, match="more than 10 members"):
        read(archive, Limits(members=10))


def test_an_accepted_archive_is_read_without_limits(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {f"{n}.png": b"" for n in range(5)})
    assert len(read(archive)) == 5


@given(directory=st.lists(st.binary(max_size=60) | st.just(RawEntry().central_header(0))))
def test_any_bytes_are_a_directory(tmp_path: Path, directory: list[bytes]) -> None:
    first = RawEntry().central_header(0)
    archive = raw_zip(tmp_path / "a.zip", [RawEntry()], directory=first + b"".join(directory))
    entries = list(read(archive))
    assert entries[0].name == b"a.png"
    assert [one.number for one in entries] == list(range(len(entries)))
