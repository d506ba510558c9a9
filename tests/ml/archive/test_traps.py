"""Members that no archive should have cost themselves, and the others are served."""

import bz2
import io
import lzma
import tarfile
from pathlib import Path

import pytest

from ml.archive import layout
from ml.archive.conversion import convert
from ml.archive.directory import read_directory
from ml.archive.formats import ZIP
from ml.archive.intake import find_archive_kind
from ml.archive.limits import Limits
from ml.archive.random_access import RandomAccessFile
from ml.archive.reader import INNER_ZIP, OpenArchive, list_members
from ml.archive.unpack import iter_unpacked
from ml.errors import ArchiveError, MemberUnreadable
from tests.ml.archive.memory import peak_memory
from tests.ml.archive.quine import NAME, make_quine
from tests.ml.archive.raw_zip import RawEntry, deflate, end_record, lzma_data, raw_zip
from tests.ml.archive.zips import pack, picture

GOOD = RawEntry(name=b"good.png", data=picture())
ZEROS = bytes(20_000_000)
PACKED_ZEROS = {
    layout.DEFLATED: deflate(ZEROS),
    layout.BZIP2: bz2.compress(ZEROS),
    layout.LZMA: lzma_data(ZEROS),
    layout.XZ: lzma.compress(ZEROS, preset=0),
}


def reasons(file: Path, limits: Limits | None = None) -> dict[str, str | None]:
    return {m.path: m.skip for m in list_members(file, limits or Limits())}


@pytest.mark.parametrize("method", PACKED_ZEROS)
@pytest.mark.parametrize("claimed", [len(ZEROS), 4 * 10**9, 1000])
def test_one_bomb_is_one_row_and_the_others_are_served(
    tmp_path: Path, method: int, claimed: int
) -> None:
    """It claims what it unpacks to, or four gigabytes, or next to nothing."""
    bomb = RawEntry(name=b"bomb.png", data=PACKED_ZEROS[method], method=method, size=claimed)
    file = raw_zip(tmp_path / "a.zip", [GOOD, bomb, GOOD])
    with peak_memory() as peak, OpenArchive(file, Limits()) as archive:
        first, row, last = list_members(file, Limits())
        assert (first.skip, last.skip) == (None, None)
        assert archive.read(0) == archive.read(2) == GOOD.data
        if row.skip is None:
            with pytest.raises(MemberUnreadable, match="damaged in the archive"):
                archive.read(1)
    says = {len(ZEROS): "more than 200 times its size", 4 * 10**9: "too large: 3.7 GiB", 1000: ""}
    assert says[claimed] in (row.skip or "")
    assert peak() < 5_000_000


def test_an_archive_of_bombs_alone_is_refused(tmp_path: Path) -> None:
    bomb = RawEntry(data=deflate(ZEROS), method=layout.DEFLATED, size=len(ZEROS))
    with pytest.raises(ArchiveError, match=r"no pictures .* more than 200 times its size"):
        list_members(raw_zip(tmp_path / "a.zip", [bomb] * 3), Limits())


def test_a_flat_drawing_packs_well_and_is_served(tmp_path: Path) -> None:
    flat = picture("BMP", size=(900, 900))
    drawing = RawEntry(name=b"a.bmp", data=deflate(flat), method=layout.DEFLATED, size=len(flat))
    assert len(flat) > 200 * len(drawing.data)
    photograph = RawEntry(name=b"b.png", data=bytes(20_000))
    assert reasons(raw_zip(tmp_path / "a.zip", [drawing, photograph])) == {
        "a.bmp": None,
        "b.png": None,
    }


def test_a_white_bitmap_alone_is_served_from_a_zip_and_from_a_tar(tmp_path: Path) -> None:
    """Up to 16 MiB, a high ratio costs nothing."""
    white = picture("BMP", size=(1200, 1100), colour="white")
    zipped = RawEntry(name=b"a.bmp", data=deflate(white), method=layout.DEFLATED, size=len(white))
    file = raw_zip(tmp_path / "a.zip", [zipped])
    assert len(white) > 200 * file.stat().st_size
    assert reasons(file) == {"a.bmp": None}
    tar, out = tmp_path / "a.tar.gz", tmp_path / "out.zip"
    with tarfile.open(tar, "w:gz") as writer:
        info = tarfile.TarInfo("a.bmp")
        info.size = len(white)
        writer.addfile(info, io.BytesIO(white))
    kind = find_archive_kind(tar, tar.name)
    assert kind is not None
    assert convert(tar, kind, out, Limits()) is None
    assert reasons(out) == {"a.bmp": None}


def test_of_members_that_share_their_bytes_one_is_served(tmp_path: Path) -> None:
    file = pack(tmp_path / "a.zip", {"a.png": picture(size=(900, 900))})
    data = file.read_bytes()
    start, end = data.find(b"PK\1\2"), data.find(b"PK\5\6")
    directory = data[start:end] * 3
    file.write_bytes(data[:start] + directory + end_record(3, len(directory), start))
    first, *others = [member.skip for member in list_members(file, Limits())]
    assert first is None
    assert others == ["damaged or a trap: it shares its bytes with another file of the archive"] * 2


def test_a_member_that_spans_the_archive_takes_no_other_with_it(tmp_path: Path) -> None:
    entries = [RawEntry(name=b"%d.png" % number, data=bytes(9_000)) for number in range(2)]
    both = sum(len(entry.local_header()) + len(entry.data) for entry in entries)
    wide = RawEntry(name=b"wide.png", data=b"x" * both, offset=0, packed_size=2 * both)
    listed = reasons(raw_zip(tmp_path / "a.zip", [*entries, wide]))
    assert [path for path, skip in listed.items() if skip is None] == ["0.png", "1.png"]


def test_a_zip_that_unpacks_to_itself_is_one_row(tmp_path: Path) -> None:
    quine = tmp_path / "quine.zip"
    quine.write_bytes(make_quine())
    with RandomAccessFile(quine) as stream:
        (entry,) = read_directory(stream)
        assert b"".join(iter_unpacked(stream, entry, entry.size)) == quine.read_bytes()
    with pytest.raises(ArchiveError, match=INNER_ZIP):
        list_members(quine, Limits())
    outer = pack(tmp_path / "a.zip", {"a.png": picture(), "quine.zip": quine.read_bytes()})
    assert reasons(outer) == {"a.png": None, "quine.zip": INNER_ZIP}
    out = tmp_path / "out.zip"
    convert(outer, ZIP, out, Limits())
    _, inside = reasons(out).items()
    assert inside == (f"quine.zip/{NAME.decode()}", INNER_ZIP), "one level deep"


def test_zips_in_zips_in_zips_end_at_the_first_level(tmp_path: Path) -> None:
    nested = pack(tmp_path / "0.zip", {"deep.png": picture()})
    for level in range(1, 30):
        members = {"a.png": picture(), "next.zip": nested.read_bytes()}
        nested = pack(tmp_path / f"{level}.zip", members)
    out = tmp_path / "out.zip"
    convert(nested, ZIP, out, Limits())
    assert reasons(out) == {"a.png": None, "next.zip/a.png": None, "next.zip/next.zip": INNER_ZIP}


def test_a_bomb_in_an_inner_zip_is_one_row(tmp_path: Path) -> None:
    bomb = RawEntry(
        name=b"b.png", data=PACKED_ZEROS[layout.BZIP2], method=layout.BZIP2, size=len(ZEROS)
    )
    inner = raw_zip(tmp_path / "inner.zip", [GOOD, bomb]).read_bytes()
    out = tmp_path / "out.zip"
    convert(pack(tmp_path / "a.zip", {"set.zip": inner}), ZIP, out, Limits())
    good, bad = reasons(out).values()
    assert good is None
    assert "more than 200 times its size" in (bad or "")
