"""A file that is read at any place."""

import gc
from pathlib import Path

import pytest

from ml.archive.random_access import RandomAccessFile
from ml.errors import ArchiveError


def test_reads_end_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    with RandomAccessFile(tmp_path / "a") as file:
        assert (file.name, file.size) == ("a", 10)
        assert file.read(4, 2) == b"2345"
        assert file.read(4, 8) == b"89"
        assert file.read(4, 2**70) == b""


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"The archive a\.zip is no longer there"):
        RandomAccessFile(tmp_path / "a.zip")


def test_what_cannot_be_opened_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"cannot be opened: Is a directory"):
        RandomAccessFile(tmp_path)


@pytest.mark.filterwarnings("error")
def test_an_unused_file_closes_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    file = RandomAccessFile(tmp_path / "a")
    stream = file._stream
    del file
    gc.collect()
    assert stream.closed
