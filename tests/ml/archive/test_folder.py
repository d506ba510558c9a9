"""A folder becomes a stored zip; no link is followed, and nothing in it is lost."""

import os
import zipfile
from pathlib import Path

import pytest

from ml.archive.folder import pack_folder
from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive, list_members
from ml.errors import ArchiveError, ArchiveTooLarge, MemberUnreadable
from tests.ml.archive.test_intake import files
from tests.ml.archive.zips import picture


def test_a_folder_keeps_paths_and_times(tmp_path: Path) -> None:
    files(tmp_path / "in", "deep/er/x.png", "a.png")
    pack_folder(tmp_path / "in", tmp_path / "out.zip", Limits())
    with zipfile.ZipFile(tmp_path / "out.zip") as zf:
        assert zf.namelist() == ["a.png", "deep/er/x.png"]
        assert zf.infolist()[0].date_time[0] >= 2024


def test_links_and_pipes_are_noted_and_never_opened(tmp_path: Path) -> None:
    files(tmp_path / "in", "a.png")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "in" / "link.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "in" / "dangling.png").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "in" / "pipe.png")
    pack_folder(tmp_path / "in", tmp_path / "out.zip", Limits())
    assert {m.path: m.skip for m in list_members(tmp_path / "out.zip", Limits())} == {
        "a.png": None,
        "dangling.png": "a link",
        "link.png": "a link",
        "pipe.png": "not an ordinary file",
    }
    assert b"secret" not in (tmp_path / "out.zip").read_bytes().replace(b"secret.png", b"")


def test_a_file_name_that_is_no_utf8_keeps_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with open(os.fsencode(tmp_path / "in") + b"/b\xff.png", "wb") as out:  # noqa: PTH123
        out.write(picture())
    pack_folder(tmp_path / "in", tmp_path / "out.zip", Limits())
    assert b"b\xff.png" in (tmp_path / "out.zip").read_bytes()
    (member,) = list_members(tmp_path / "out.zip", Limits())
    assert member.skip is None


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(ArchiveError, match="There is no file in the folder"):
        pack_folder(tmp_path / "in", tmp_path / "out.zip", Limits())


def test_a_link_to_a_folder_is_a_member_and_not_entered(tmp_path: Path) -> None:
    files(tmp_path / "in", "a.png")
    files(tmp_path / "out", "secret.png")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out")
    pack_folder(tmp_path / "in", tmp_path / "out.zip", Limits())
    listed = {m.path: m.skip for m in list_members(tmp_path / "out.zip", Limits())}
    assert listed == {"a.png": None, "link": "a link"}


def test_a_file_that_becomes_a_link_meanwhile_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(tmp_path / "in", "a.png")
    (tmp_path / "secret.png").write_bytes(b"secret")
    file = tmp_path / "in" / "a.png"
    open_file = os.open

    def swap(*args: object, **named: object) -> int:
        if b"a.png" in args:
            file.unlink()
            file.symlink_to(tmp_path / "secret.png")
        return open_file(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", swap)
    pack_folder(tmp_path / "in", tmp_path / "out.zip", Limits())
    monkeypatch.undo()
    assert file.is_symlink()
    with (
        OpenArchive(tmp_path / "out.zip", Limits()) as archive,
        pytest.raises(MemberUnreadable, match="it ends after 0 of"),
    ):
        archive.read(0)


@pytest.mark.parametrize("limits", [Limits(members=1), Limits(unpacked_bytes=100)])
def test_limits_are_counted_before_a_file_is_read(tmp_path: Path, limits: Limits) -> None:
    files(tmp_path / "in", "a.png", "b.png")
    with pytest.raises(ArchiveTooLarge, match="that is the limit"):
        pack_folder(tmp_path / "in", tmp_path / "out.zip", limits)
