"""Tars that are damaged between two files, and tars that were joined."""

import io
import random
import re
import tarfile
from pathlib import Path

import pytest

from ml.archive.conversion import convert
from ml.archive.intake import find_archive_kind
from ml.archive.limits import Limits, format_bytes
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


def draw_members() -> dict[str, bytes]:
    """Eight pictures that pack to half their size, more than a block of bzip2 holds."""
    rng = random.Random(1)
    return {f"{n}.png": picture() + rng.randbytes(100_000).hex().encode() for n in range(8)}


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
    found = "damaged: 10 KiB arrived, which cannot be read to their end"
    if damage != "header":
        arrived = format_bytes(file.stat().st_size)
        found = f"incomplete: {arrived} arrived, and there it breaks off"
    assert note == (
        f"This tar archive is {found}. Copy or download it again. Before the break, MonaSieve read "
        "1 file."
    )


@pytest.mark.parametrize("mode", ["gz", "bz2", "xz"])
def test_a_compressed_tar_that_breaks_off_says_so_in_plain_words(tmp_path: Path, mode: str) -> None:
    file = pack_tar(tmp_path / f"a.tar.{mode}", draw_members(), f"w:{mode}")
    whole = file.read_bytes()
    kind = {"gz": "gzip", "bz2": "bzip2", "xz": "xz"}[mode]
    file.write_bytes(whole[: len(whole) * 5 // 8])
    paths, note = read_tar(file)
    arrived = format_bytes(file.stat().st_size)
    count = len(paths)
    assert count >= 1
    assert note == (
        f"This {kind} file is incomplete: {arrived} arrived, and there it breaks off. Copy or "
        f"download it again. Before the break, MonaSieve read {count} file{'s' * (count > 1)}."
    )


def test_a_compressed_tar_that_is_damaged_says_up_to_where_it_can_be_read(tmp_path: Path) -> None:
    file = pack_tar(tmp_path / "a.tar.gz", draw_members(), "w:gz")
    whole = file.read_bytes()
    middle = len(whole) * 9 // 16
    file.write_bytes(whole[:middle] + b"\xff" * 5_000 + whole[middle + 5_000 :])
    paths, note = read_tar(file)
    assert paths == [f"{n}.png" for n in range(5)]
    pattern = (
        rf"This gzip file is damaged: {format_bytes(len(whole))} arrived, of which about the first "
        r"(\d+) KiB can be read\. Copy or download it again\. Before the break, MonaSieve read 5 "
        r"files\."
    )
    found = re.fullmatch(pattern, note or "")
    assert found, note
    assert middle <= 1024 * int(found[1]) <= middle + 150_000  # it reads 128 KiB at once


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
    assert "This tar archive is damaged: 10 KiB arrived" in note
