"""A file of a listed folder is read only while it is the one that was listed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive
from ml.errors import ArchiveError, MemberUnreadable
from tests.ml.archive.folders import draw_files, listed
from tests.ml.archive.zips import picture


def make(tmp_path: Path) -> tuple[Path, OpenArchive]:
    """A folder with a picture of its own and one in a subfolder, and the two opened."""
    folder = tmp_path / "in"
    draw_files(folder, "a.png", "sub/b.png")
    return folder, OpenArchive(listed(folder), Limits())


def test_files_are_read_as_they_are(tmp_path: Path) -> None:
    _, archive = make(tmp_path)
    assert [archive.read(0), archive.read(1)] == [picture() + b"a.png", picture() + b"sub/b.png"]


def replace_by_link(file: Path) -> None:
    shutil.copy2(file, file.parents[2] / "secret.png")
    file.unlink()
    file.symlink_to(file.parents[2] / "secret.png")


def replace_folder_by_link(file: Path) -> None:
    elsewhere = file.parents[2] / "elsewhere"
    file.parent.rename(elsewhere)
    file.parent.symlink_to(elsewhere)


def rewrite(file: Path) -> None:
    """Other bytes of the same length, at another time."""
    status = file.stat()
    file.write_bytes(b"x" * status.st_size)
    os.utime(file, ns=(1, status.st_mtime_ns + 1))


def grow(file: Path) -> None:
    """More bytes at the same time."""
    status = file.stat()
    file.write_bytes(file.read_bytes() + b"x")
    os.utime(file, ns=(1, status.st_mtime_ns))


def become_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (Path.unlink, "no longer in its folder"),
        (replace_folder_by_link, "no longer in its folder"),
        (replace_by_link, "changed since its folder was listed"),
        (rewrite, "changed since its folder was listed"),
        (grow, "changed since its folder was listed"),
        (become_pipe, "changed since its folder was listed"),
    ],
)
def test_another_file_is_never_read_for_a_listed_one(
    tmp_path: Path, change: Callable[[Path], object], why: str
) -> None:
    folder, archive = make(tmp_path)
    change(folder / "sub" / "b.png")
    with pytest.raises(MemberUnreadable, match=why):
        archive.read(1)
    assert archive.read(0) == picture() + b"a.png"


def test_a_file_that_is_written_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, archive = make(tmp_path)
    fdopen = os.fdopen

    def write_meanwhile(handle: int, mode: str) -> object:
        rewrite(folder / "a.png")
        return fdopen(handle, mode)

    monkeypatch.setattr(os, "fdopen", write_meanwhile)
    with pytest.raises(MemberUnreadable, match="changed since"):
        archive.read(0)


def test_a_folder_that_cannot_be_entered_says_why_it_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_files(tmp_path / "in", "a.png", "sub/b.png")
    monkeypatch.setattr("ml.archive.folder._DEPTH", 1)
    archive = OpenArchive(listed(tmp_path / "in"), Limits())
    with pytest.raises(MemberUnreadable, match="a folder that cannot be read"):
        archive.read(1)


def test_a_lost_disk_is_no_fault_of_the_pictures(tmp_path: Path) -> None:
    """An unmounted folder is gone or empty. Once it is back, its files are read again."""
    folder, archive = make(tmp_path)
    folder.rename(tmp_path / "unmounted")
    with pytest.raises(ArchiveError, match="is gone: No such file or directory"):
        archive.read(0)
    folder.mkdir()
    with pytest.raises(ArchiveError, match="is empty now"):
        archive.read(0)
    folder.rmdir()
    (tmp_path / "unmounted").rename(folder)
    assert archive.read(0) == picture() + b"a.png"
