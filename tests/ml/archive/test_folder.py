"""A folder is listed where it lies; no link is followed, and nothing in it is left out."""

import os
from pathlib import Path

import pytest

from ml.archive import folder as module
from ml.archive.folder import read_listing
from ml.archive.limits import Limits
from ml.archive.reader import list_members
from ml.errors import ArchiveError, ArchiveTooLarge
from tests.ml.archive.folders import draw_files, listed
from tests.ml.archive.zips import picture


def list_reasons(folder: Path) -> dict[str, str | None]:
    return {member.path: member.skip for member in list_members(listed(folder), Limits())}


def test_files_are_listed_in_order_with_sizes_and_times(tmp_path: Path) -> None:
    draw_files(tmp_path / "in", "deep/er/x.png", "b.png", "a.png")
    os.utime(tmp_path / "in" / "b.png", ns=(1, 123_456_789_012_345_678))
    folder, files = read_listing(listed(tmp_path / "in"))
    assert folder == tmp_path / "in"
    assert [file.path for file in files] == [b"a.png", b"b.png", b"deep/er/x.png"]
    assert files[1].changed == 123_456_789_012_345_678
    assert files[1].size == (folder / "b.png").stat().st_size


def test_every_file_is_a_row_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    draw_files(folder, "a.png", ".hidden.png", "._a.png", "no-suffix")
    draw_files(tmp_path / "out", "secret.png")
    (folder / "notes.txt").write_text("hello")
    (folder / "empty folder").mkdir()
    (folder / "link.png").symlink_to(tmp_path / "out" / "secret.png")
    (folder / "linked").symlink_to(tmp_path / "out")
    (folder / "dangling.png").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.png")
    assert list_reasons(folder) == {
        "._a.png": "macOS system file",
        ".hidden.png": None,
        "a.png": None,
        "dangling.png": "a link",
        "link.png": "a link",
        "linked": "a link",
        "no-suffix": None,
        "notes.txt": "not a picture",
        "pipe.png": "not an ordinary file",
    }


def test_a_file_name_that_is_no_utf8_keeps_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with open(os.fsencode(tmp_path / "in") + b"/b\xff.png", "wb") as out:  # noqa: PTH123
        out.write(picture())
    _, (file,) = read_listing(listed(tmp_path / "in"))
    assert file.path == b"b\xff.png"


@pytest.mark.parametrize("name", ["deep", "locked"])
def test_a_folder_that_cannot_be_entered_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    draw_files(tmp_path / "in", "a.png", f"{name}/b.png")
    open_file = os.open

    def refuse(path: object, *args: object, **named: object) -> int:
        if path == b"locked":
            raise PermissionError(13, "Permission denied")
        return open_file(path, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(module, "_DEPTH", 1 if name == "deep" else 100)
    _, files = read_listing(listed(tmp_path / "in"))
    why = {"deep": "it lies more than 1 folders deep", "locked": "Permission denied"}[name]
    assert [(file.path, file.fault) for file in files] == [
        (b"a.png", None),
        (name.encode(), f"a folder that cannot be read: {why}"),
    ]


def test_an_empty_folder_and_one_without_pictures_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(ArchiveError, match="There is no file in the folder"):
        listed(tmp_path / "in")
    (tmp_path / "in" / "notes.txt").write_text("hello")
    with pytest.raises(ArchiveError, match="contains no pictures"):
        list_members(listed(tmp_path / "in"), Limits())


@pytest.mark.parametrize("limits", [Limits(members=1), Limits(names_bytes=9)])
def test_files_and_names_are_counted_while_listing(tmp_path: Path, limits: Limits) -> None:
    draw_files(tmp_path / "in", "a.png", "b.png")
    with pytest.raises(ArchiveTooLarge, match="that is the limit"):
        listed(tmp_path / "in", limits)


@pytest.mark.parametrize("text", ["", "no json", '"/in"\n["a.png"]', '"/in"\n7'])
def test_a_damaged_listing_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.folder").write_text(text)
    with pytest.raises(ArchiveError, match=r"The list of .* is damaged"):
        read_listing(tmp_path / "x.folder")


def test_a_zip_is_never_read_as_a_listing(tmp_path: Path) -> None:
    """An upload may hold what a listing holds. Only the name that we give tells the two apart."""
    draw_files(tmp_path / "in", "a.png")
    upload = tmp_path / "upload.zip"
    upload.write_bytes(listed(tmp_path / "in").read_bytes())
    with pytest.raises(ArchiveError, match="neither an archive nor a picture"):
        list_members(upload, Limits())
