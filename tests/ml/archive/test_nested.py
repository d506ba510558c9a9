"""Zips within a zip are opened one level deep."""

import zipfile
from pathlib import Path

import pytest

from ml.archive.conversion import convert
from ml.archive.formats import ZIP
from ml.archive.limits import Limits
from ml.archive.nested import has_inner_zip
from ml.archive.reader import OpenArchive, list_members
from ml.errors import ArchiveError
from tests.ml.archive.zips import pack, pack_raw_names, picture, set_flag


def open_nested(file: Path) -> tuple[Path, list[str]]:
    out = file.with_name("out.zip")
    assert has_inner_zip(file)
    assert convert(file, ZIP, out, Limits()) is None
    return out, [m.path for m in list_members(out, Limits())]


def make_inner(folder: Path, members: dict[str, bytes]) -> bytes:
    return pack(folder / "inner.zip", members, zipfile.ZIP_DEFLATED).read_bytes()


def test_members_of_inner_zips_take_their_place_in_order(tmp_path: Path) -> None:
    inner = make_inner(tmp_path, {"x.png": picture(), "y/ö.png": picture(colour="blue")})
    file = pack(tmp_path / "a.zip", {"a.png": picture(), "set.ZIP": inner, "z.png": picture()})
    out, paths = open_nested(file)
    assert paths == ["a.png", "set.ZIP/x.png", "set.ZIP/y/ö.png", "z.png"]
    with OpenArchive(out, Limits()) as archive:
        assert archive.read(2) == picture(colour="blue")


def test_a_zip_within_an_inner_zip_stays_a_member(tmp_path: Path) -> None:
    deepest = make_inner(tmp_path, {"x.png": picture()})
    inner = make_inner(tmp_path, {"deep.zip": deepest, "y.png": picture()})
    _, paths = open_nested(pack(tmp_path / "a.zip", {"set.zip": inner}))
    assert paths == ["set.zip/deep.zip", "set.zip/y.png"]


def test_an_inner_zip_that_cannot_be_read_stays_a_member(tmp_path: Path) -> None:
    file = pack(tmp_path / "a.zip", {"a.png": picture(), "set.zip": b"PK, or not"})
    assert open_nested(file)[1] == ["a.png", "set.zip"]
    inner = make_inner(tmp_path, {"x.png": picture()})
    file = set_flag(pack(tmp_path / "b.zip", {"a.png": picture(), "set.zip": inner}), 0x1)
    out = tmp_path / "encrypted.zip"
    convert(file, ZIP, out, Limits())
    with zipfile.ZipFile(out) as zf:
        assert zf.namelist() == ["a.png", "set.zip"]


def test_an_inner_member_whose_data_end_too_early_harms_no_other(tmp_path: Path) -> None:
    inner = bytearray(make_inner(tmp_path, {"x.png": picture()}))
    inner[27] = 1  # its name seems to have 256 bytes more, so the data would begin later
    members = {"a.png": picture(), "set.zip": bytes(inner), "z.png": picture()}
    out, paths = open_nested(pack(tmp_path / "a.zip", members))
    assert paths == ["a.png", "set.zip/x.png", "z.png"]
    with OpenArchive(out, Limits()) as archive:
        assert archive.read(2) == picture()


def test_an_inner_zip_is_not_unpacked_beyond_the_ratio_of_the_archive(tmp_path: Path) -> None:
    members = {"a.png": picture(), "in.zip": bytes(2**26)}
    out, paths = open_nested(pack(tmp_path / "bomb.zip", members, zipfile.ZIP_DEFLATED))
    assert paths == ["a.png", "in.zip"]
    assert out.stat().st_size < 100_000
    assert not list(tmp_path.glob("*.inner"))


def test_an_inner_zip_of_too_many_members_stays_a_member(tmp_path: Path) -> None:
    inner = make_inner(tmp_path, {f"{number}.png": picture() for number in range(4)})
    file = pack(tmp_path / "a.zip", {"a.png": picture(), "set.zip": inner})
    out = tmp_path / "out.zip"
    convert(file, ZIP, out, Limits(members=3))
    assert [m.path for m in list_members(out, Limits())] == ["a.png", "set.zip"]


def test_an_inner_zip_that_takes_too_long_leaves_no_file(tmp_path: Path) -> None:
    inner = make_inner(tmp_path, {"x.png": picture()})
    file = pack(tmp_path / "a.zip", {"in.zip": inner})
    (tmp_path / "out.zip.inner").write_bytes(b"half")
    with pytest.raises(ArchiveError, match="took longer"):
        convert(file, ZIP, tmp_path / "out.zip", Limits(), seconds=0)
    assert not list(tmp_path.glob("*.inner"))


def test_names_keep_their_bytes_unless_two_encodings_meet(tmp_path: Path) -> None:
    name = "写真.png".encode("cp932")
    inner = pack_raw_names(tmp_path / "i.zip", {name: picture()})
    file = pack(tmp_path / "a.zip", {"plain.zip": inner.read_bytes()})
    out, paths = open_nested(file)
    assert paths == ["plain.zip/写真.png"]
    assert b"plain.zip/" + name in out.read_bytes()
    file = pack(tmp_path / "b.zip", {"ö.zip": inner.read_bytes()})
    out, paths = open_nested(file)
    assert paths == ["ö.zip/写真.png"]
    assert "ö.zip/写真.png".encode() in out.read_bytes()
