"""Finding the end of a zip among bytes that look like it."""

from pathlib import Path

import pytest

from ml.archive import layout
from ml.archive.end_record import EndRecord, find_end_record, has_end_record
from ml.archive.random_access import RandomAccessFile
from ml.errors import ArchiveError
from tests.ml.archive.raw_zip import RawEntry, end_record, raw_zip
from tests.ml.archive.zips import pack, picture


def find(archive: Path) -> EndRecord:
    with RandomAccessFile(archive) as file:
        return find_end_record(file)


@pytest.mark.parametrize(
    "comment",
    [
        end_record(0, 0, 0),
        end_record(3, 138, 0),
        end_record(1, 60, 0, b"and more"),
        end_record(9, 10**6, 0),
        b"PK\5\6",
        b"PK\5\6" * 10_000,
    ],
)
def test_an_end_record_in_a_comment_does_not_replace_the_true_one(
    tmp_path: Path, comment: bytes
) -> None:
    archive = raw_zip(tmp_path / "a.zip", [RawEntry(data=picture())], comment=comment)
    end = find(archive)
    assert (end.count, end.prefix, end.comment_size) == (1, 0, len(comment))


def test_bytes_behind_the_archive_are_passed_over(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    archive.write_bytes(archive.read_bytes() + b"signature of an installer")
    assert find(archive).count == 1


def test_bytes_before_the_archive_are_counted(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    archive.write_bytes(b"an installer" + archive.read_bytes())
    assert find(archive).prefix == 12


@pytest.mark.parametrize("cut", [1, 40, -90])
def test_a_zip_cut_at_its_front_is_told_so(tmp_path: Path, cut: int) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture(), "b.png": picture()})
    archive.write_bytes(archive.read_bytes()[cut:])
    with pytest.raises(ArchiveError, match="its beginning is missing"):
        find(archive)


@pytest.mark.parametrize("cut", [1, 21, 22, 60])
def test_a_zip_cut_at_its_end_is_incomplete(tmp_path: Path, cut: int) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture(), "b.png": picture()})
    archive.write_bytes(archive.read_bytes()[:-cut])
    with pytest.raises(ArchiveError, match="incomplete or damaged"):
        find(archive)


def test_an_end_record_tells_a_zip(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello" + end_record(0, 0, 0))
    (tmp_path / "b").write_bytes(b"hello PK\5\6 and no record")
    for name, expected in [("a", True), ("b", False)]:
        with RandomAccessFile(tmp_path / name) as file:
            assert has_end_record(file) == expected


def zip64(file: Path, *, extension: bytes = b"", claimed_start: int | None = None) -> Path:
    """A zip whose end record leaves size and offset to a Zip64 record."""
    entry = RawEntry(data=picture())
    body = entry.local_header() + entry.data
    directory = entry.central_header(0)
    start = len(body) + len(directory)
    record = layout.EndOfDirectory64(
        signature=b"PK\6\6",
        record_size=layout.END64.size - 12 + len(extension),
        made_by=45,
        version_needed=45,
        disk=0,
        directory_disk=0,
        disk_entries=1,
        entries=1,
        size=len(directory),
        offset=len(body),
    )
    where = start if claimed_start is None else claimed_start
    file.write_bytes(
        body
        + directory
        + layout.END64.pack(*record)
        + extension
        + layout.LOCATOR64.pack(b"PK\6\7", 0, where, 1)
        + end_record(1, layout.MAX32, layout.MAX32)
    )
    return file


@pytest.mark.parametrize("extension", [b"", b"what a later version adds"])
def test_a_zip64_record_gives_size_and_offset(tmp_path: Path, extension: bytes) -> None:
    end = find(zip64(tmp_path / "a.zip", extension=extension))
    assert (end.count, end.prefix) == (1, 0)


def test_a_zip64_record_that_is_missing_is_damage(tmp_path: Path) -> None:
    archive = zip64(tmp_path / "a.zip", extension=b"moved", claimed_start=2**63)
    with pytest.raises(ArchiveError, match="beginning is missing"):
        find(archive)
