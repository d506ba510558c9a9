"""Loose pictures and folders become one stored zip."""

import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.archive import intake
from ml.archive.formats import ZIP
from ml.archive.intake import find_archive_kind, pack_pictures
from ml.archive.limits import Limits
from ml.archive.reader import list_members
from ml.errors import ArchiveTooLarge
from tests.ml.archive.zips import pack, picture


def files(folder: Path, *names: str) -> list[tuple[str, Path]]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture() + name.encode())
    return [(Path(name).name, folder / name) for name in names]


def test_pictures_are_stored_in_order_and_equal_names_get_a_number(tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    pack_pictures(files(tmp_path, "b/x.png", "a/x.png", "c/x.png", "y.png"), out, Limits())
    with zipfile.ZipFile(out) as zf:
        assert zf.namelist() == ["x.png", "x (2).png", "x (3).png", "y.png"]
        assert zf.read("x (2).png") == picture() + b"a/x.png"
        assert {info.compress_type for info in zf.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize(
    ("limits", "says"),
    [(Limits(members=1), "more than 1 files"), (Limits(unpacked_bytes=100), "more than 100 bytes")],
)
def test_limits_are_counted_while_packing(tmp_path: Path, limits: Limits, says: str) -> None:
    with pytest.raises(ArchiveTooLarge, match=says):
        pack_pictures(files(tmp_path, "a.png", "b.png"), tmp_path / "out.zip", limits)


def test_a_zip_is_known_by_its_content(tmp_path: Path) -> None:
    archive = pack(tmp_path / "archive.bin", {"a.png": picture()})
    plain = tmp_path / "picture.zip"
    plain.write_bytes(picture())
    both = tmp_path / "both.jpg"
    both.write_bytes(picture("JPEG") + archive.read_bytes())
    assert find_archive_kind(archive, archive.name) == ZIP
    assert find_archive_kind(plain, plain.name) is None
    assert find_archive_kind(both, both.name) is None


def test_an_archive_behind_a_program_is_a_zip(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.exe", {"a.png": picture()})
    archive.write_bytes(b"MZ a program that unpacks itself" + archive.read_bytes())
    assert find_archive_kind(archive, archive.name) == ZIP
    assert [m.path for m in list_members(archive, Limits())] == ["a.png"]


def test_equal_names_are_numbered_around_names_that_have_the_number(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(picture())
    names = ["x (2).png", "x.png", "x.png", "x.png", "x (2).png", "x (3).png"]
    pack_pictures([(name, tmp_path / "x") for name in names], tmp_path / "out.zip", Limits())
    with zipfile.ZipFile(tmp_path / "out.zip") as zf:
        assert zf.namelist() == [
            "x (2).png",
            "x.png",
            "x (3).png",
            "x (4).png",
            "x (2) (2).png",
            "x (3) (2).png",
        ]


def test_thousands_of_equal_names_are_tried_once_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0

    class CountedPath(PurePosixPath):
        def with_name(self, name: str) -> "CountedPath":
            nonlocal tried
            tried += 1
            return super().with_name(name)

    monkeypatch.setattr(intake, "PurePosixPath", CountedPath)
    (tmp_path / "x").write_bytes(b"")
    pack_pictures([("x.png", tmp_path / "x")] * 2000, tmp_path / "out.zip", Limits())
    with zipfile.ZipFile(tmp_path / "out.zip") as zf:
        assert len(set(zf.namelist())) == 2000
        assert zf.namelist()[-1] == "x (2000).png"
    assert tried == 1999


def test_names_too_long_for_a_zip_are_cut_and_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(picture())
    long = "ö" * 40_000
    names = [f"{long}1.png", f"{long}2.png", "a." + "b" * 70_000, "fits" * 16_000]
    pack_pictures([(name, tmp_path / "x") for name in names], tmp_path / "out.zip", Limits())
    with zipfile.ZipFile(tmp_path / "out.zip") as zf:
        cut = zf.namelist()
        assert all(zf.read(name) == picture() for name in cut)
    assert cut[0] == "ö" * 32_755 + ".png"
    assert cut[1] == "ö" * 32_755 + " (2).png"
    assert cut[2].startswith("a.bbb")
    assert cut[3] == names[3]


def test_a_name_that_is_no_text_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(picture())
    pack_pictures([("b\udcff.png", tmp_path / "x")], tmp_path / "out.zip", Limits())
    assert [m.path for m in list_members(tmp_path / "out.zip", Limits())] == ["b?.png"]


@given(names=st.lists(st.sampled_from(["a.png", "a (2).png", "a (3).png", "b/a.png", "a"])))
def test_no_name_comes_twice(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "x").write_bytes(b"")
    pack_pictures([(name, tmp_path / "x") for name in names], tmp_path / "out.zip", Limits())
    with zipfile.ZipFile(tmp_path / "out.zip") as zf:
        assert len(set(zf.namelist())) == len(names)


def test_a_tar_whose_last_member_is_a_zip_is_a_tar(tmp_path: Path) -> None:
    comic = pack(tmp_path / "comic.cbz", {"page.png": picture()})
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.add(comic, "comic.cbz")
    kind = find_archive_kind(tmp_path / "a.tar", "a.tar")
    assert kind is not None
    assert kind.is_tar
