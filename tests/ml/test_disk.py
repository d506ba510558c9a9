"""Files and folders appear whole or not at all."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.disk import compute_sha256, is_disk_full, publish_folder, read_json, write_atomically


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    write_atomically(file, [b"old"])

    def break_off() -> Iterator[bytes]:
        yield b"new"
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_atomically(file, break_off())
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_names_the_file_that_was_written(tmp_path: Path) -> None:
    def fill(error: int) -> Iterator[bytes]:
        yield b"new"
        raise OSError(error, os.strerror(error))

    with pytest.raises(OSError, match="No space left on device") as full:
        write_atomically(tmp_path / "out.zip", fill(errno.ENOSPC))
    assert full.value.filename == str(tmp_path / "out.zip")
    with pytest.raises(OSError, match="Input/output") as unread:  # perhaps of what is copied
        write_atomically(tmp_path / "out.zip", fill(errno.EIO))
    assert unread.value.filename is None


def test_a_published_folder_replaces_the_old_one_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "mona"
    for content in ("old", "new"):
        draft = tmp_path / "draft"
        draft.mkdir()
        (draft / f"{content}.txt").write_text(content)
        publish_folder(draft, folder)
    assert [file.name for file in folder.iterdir()] == ["new.txt"]
    assert list(tmp_path.iterdir()) == [folder]


def test_json_with_nan_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": NaN}')
    with pytest.raises(ValueError, match="NaN is not a number"):
        read_json(tmp_path / "a.json")


def test_a_changed_file_has_another_checksum(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"one")
    first = compute_sha256(file)
    file.write_bytes(b"another")
    assert compute_sha256(file) != first


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_told_from_other_errors(code: int) -> None:
    assert is_disk_full(OSError(code, os.strerror(code)))
    assert not is_disk_full(OSError(errno.EACCES, "no"))
    assert not is_disk_full(ValueError("no"))
