"""A zip without its end gives its members up to the break."""

import io
import zipfile
from pathlib import Path

import pytest

from ml.archive.conversion import convert, needs_conversion
from ml.archive.cut_zip import iter_cut_zip
from ml.archive.formats import ZIP
from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive, list_members
from ml.errors import ArchiveError, MemberUnreadable
from tests.ml.archive.zips import pack, pack_raw_names, picture

NAMES = [f"folder/原神 {n}.png" for n in range(4)]


class Pipe(io.RawIOBase):
    """A stream that cannot seek, so that sizes follow the data."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


def cut(file: Path, data: bytes, size: int) -> Path:
    file.write_bytes(data[:size])
    return file


def convert_cut(file: Path) -> tuple[Path, str | None]:
    assert needs_conversion(file, ZIP)
    out = file.with_name("out.zip")
    return out, convert(file, ZIP, out, Limits())


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("streamed", [False, True])
def test_members_before_the_break_are_read_and_the_last_one_is_unreadable(
    method: int, streamed: bool, tmp_path: Path
) -> None:
    data = picture("BMP", (30, 20))
    pipe = Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(pipe, "w", method) as zf:
        for name in NAMES:
            zf.writestr(name, data)
        break_offset = zf.infolist()[3].header_offset + 90
    whole = bytes(pipe.data) if isinstance(pipe, Pipe) else pipe.getvalue()
    out, note = convert_cut(cut(tmp_path / "a.zip", whole, break_offset))
    assert note is not None
    assert "Before the break, MonaSieve read 4 files" in note
    assert [m.path for m in list_members(out, Limits())] == NAMES
    with OpenArchive(out, Limits()) as archive:
        assert [archive.read(n) for n in range(3)] == [data] * 3
        with pytest.raises(MemberUnreadable, match="it ends after"):
            archive.read(3)


def test_a_name_without_encoding_keeps_its_bytes(tmp_path: Path) -> None:
    names = {"写真.png".encode("cp932"): picture(), "画像.png".encode("cp932"): picture()}
    whole = pack_raw_names(tmp_path / "b.zip", names).read_bytes()
    out, _ = convert_cut(cut(tmp_path / "a.zip", whole, whole.index(b"PK\1\2")))
    assert [m.path for m in list_members(out, Limits())] == ["写真.png", "画像.png"]
    assert all(name in out.read_bytes() for name in names)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_zip_with_much_behind_its_end_is_whole(streamed: bool, tmp_path: Path) -> None:
    pipe = Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(pipe, "w") as zf:
        for name in NAMES:
            zf.writestr(name, picture())
    whole = bytes(pipe.data) if isinstance(pipe, Pipe) else pipe.getvalue()
    file = tmp_path / "a.zip"
    file.write_bytes(whole + bytes(70_000))
    out, note = convert_cut(file)
    assert note is None
    with OpenArchive(out, Limits()) as archive:
        assert [archive.read(n) for n in range(len(NAMES))] == [picture()] * len(NAMES)


def test_a_zip_cut_in_its_list_of_members_says_so(tmp_path: Path) -> None:
    whole = pack(tmp_path / "b.zip", {"a.png": picture()}).read_bytes()
    _, note = convert_cut(cut(tmp_path / "a.zip", whole, whole.index(b"PK\5\6")))
    assert note is not None
    assert "MonaSieve read 1 file." in note


def test_a_break_in_the_first_header_is_refused(tmp_path: Path) -> None:
    whole = pack(tmp_path / "b.zip", {"a.png": picture()}).read_bytes()
    with pytest.raises(ArchiveError, match="incomplete: its end is missing"):
        convert_cut(cut(tmp_path / "a.zip", whole, 20))


def read_up_to_break(file: Path) -> dict[bytes, bool]:
    """The names of the members before the break, with whether all their bytes came."""
    complete = {}
    try:
        for member in iter_cut_zip(file):
            size = sum(len(chunk) for chunk in member.chunks)
            assert size == member.entry.packed_size
            complete[member.entry.name] = size == member.entry.size
    except ArchiveError:
        return complete
    raise AssertionError("the break was not told")


def test_at_every_break_the_members_before_it_are_whole(tmp_path: Path) -> None:
    file = pack(tmp_path / "b.zip", {"a.png": b"\x89PNG\r\n" * 3, "b": b"xy"})
    whole = file.read_bytes()
    second = whole.rindex(b"PK\3\4")
    for size in range(4, whole.index(b"PK\1\2")):
        members = read_up_to_break(cut(tmp_path / "a.zip", whole, size))
        assert members.get(b"a.png", False) == (size >= second)
        assert (b"b" in members) == (size >= second + 31)
