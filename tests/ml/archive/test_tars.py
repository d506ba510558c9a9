"""Tars that are damaged between two files, and tars that were joined."""

import io
import tarfile
from pathlib import Path

import pytest

from ml.archive.conversion import convert
from ml.archive.intake import find_archive_kind
from ml.archive.limits import Limits
from ml.archive.reader import list_members
from tests.ml.archive.other_formats import pack_tar
from tests.ml.archive.zips import picture


def read_tar(file: Path) -> tuple[list[str], str | None]:
    """The paths that were read, and the note."""
    kind = find_archive_kind(file, file.name)
    assert kind is not None
    out = file.with_name("out.zip")
    note = convert(file, kind, out, Limits())
    return [member.path for member in list_members(out, Limits())], note


@pytest.mark.parametrize("damage", ["header", "boundary", "within a header"])
def test_a_tar_that_is_damaged_between_two_files_says_so(tmp_path: Path, damage: str) -> None:
    file = pack_tar(tmp_path / "a.tar", {"a.png": picture(), "b.png": picture(), "c.png": b"x"})
    data = bytearray(file.read_bytes())
    at = data.index(b"b.png\0")
    if damage == "header":
        data[at] ^= 1  # its checksum is wrong now
    else:
        del data[at if damage == "boundary" else at + 100 :]
    file.write_bytes(data)
    paths, note = read_tar(file)
    assert paths == ["a.png"]
    assert note is not None
    assert "The tar archive is damaged or incomplete" in note
    assert note.endswith("Before the break, MonaSieve read 1 file.")


def test_a_tar_behind_another_is_read_as_well(tmp_path: Path) -> None:
    file = pack_tar(tmp_path / "a.tar", {"a.png": picture()})
    other = pack_tar(tmp_path / "b.tar", {"b.png": picture()})
    file.write_bytes(file.read_bytes() + other.read_bytes())
    assert read_tar(file) == (["a.png", "b.png"], None)


def test_a_header_that_claims_too_many_bytes_is_damage(tmp_path: Path) -> None:
    """A fuzzer found that `tarfile` believes the length of a pax record."""
    file = tmp_path / "a.tar"
    with tarfile.open(file, "w") as tar:
        for name, kind, data in (
            ("a.png", tarfile.REGTYPE, picture()),
            ("pax", tarfile.XHDTYPE, b"99999999999999999999 path=c.png\n"),
            ("b.png", tarfile.REGTYPE, picture()),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, len(data)
            tar.addfile(info, io.BytesIO(data))
    paths, note = read_tar(file)
    assert paths == ["a.png"]
    assert note is not None
    assert "damaged or incomplete (a length in it is too large)" in note
