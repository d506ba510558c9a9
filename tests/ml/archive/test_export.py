"""The download is the same zip, less what was not asked for."""

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.archive import export as module
from ml.archive.directory import read_directory
from ml.archive.export import export
from ml.archive.exported_zip import NewNames
from ml.archive.random_access import RandomAccessFile
from ml.errors import ArchiveError
from tests.ml.archive.memory import peak_memory
from tests.ml.archive.raw_zip import RawEntry, numbered, raw_zip
from tests.ml.archive.zips import pack, pack_raw_names, picture

FACTS = (
    *("filename", "orig_filename", "date_time", "compress_type", "comment", "extra"),
    *("create_system", "create_version", "external_attr", "internal_attr", "CRC", "file_size"),
)


def exported(archive: Path, numbers: list[int]) -> bytes:
    result = export(archive, numbers)
    data = b"".join(result.chunks)
    assert len(data) == result.length
    return data


def facts(zf: zipfile.ZipFile) -> list[tuple[object, ...]]:
    return [(*(getattr(i, f) for f in FACTS), zf.read(i)) for i in zf.infolist()]


names = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30
)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@given(
    members=st.lists(
        st.tuples(
            names,
            st.binary(max_size=300),
            st.sampled_from([0, 8, 12, 14]),
            st.integers(0, 2**32 - 1),
            st.binary(max_size=20),
            st.tuples(st.integers(1980, 2107), st.integers(1, 12), st.integers(0, 29)),
        ),
        min_size=1,
        max_size=6,
    ),
    data=st.data(),
)
def test_members_keep_everything_that_a_zip_knows_of_them(
    tmp_path: Path,
    members: list[tuple[str, bytes, int, int, bytes, tuple[int, int, int]]],
    data: st.DataObject,
) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        for name, content, method, attributes, comment, (year, month, second) in members:
            info = zipfile.ZipInfo(name, (year, month, 3, 4, 5, second * 2))
            info.compress_type, info.external_attr, info.comment = method, attributes, comment
            info.extra = b"UT\x05\x00\x01" + bytes(4)
            zf.writestr(info, content)
        zf.comment = b"an archive"
    numbers = data.draw(st.lists(st.integers(0, len(members) - 1), unique=True))
    with zipfile.ZipFile(archive) as before:
        expected = [facts(before)[n] for n in sorted(numbers)]
    with zipfile.ZipFile(io.BytesIO(exported(archive, numbers))) as after:
        assert after.testzip() is None
        assert facts(after) == expected
        assert after.comment == b"an archive"


def test_name_bytes_of_an_untold_encoding_come_back_as_they_were(tmp_path: Path) -> None:
    raw = ["原神/モナ.png".encode("cp932"), b"plain.png", "璃月.png".encode("gbk")]
    archive = pack_raw_names(tmp_path / "a.zip", {name: picture() for name in raw})
    data = exported(archive, [0, 2])
    assert data.count(raw[0]) == data.count(raw[2]) == 2
    assert raw[1] not in data


def test_a_member_written_as_a_stream_gets_its_sizes_in_front(tmp_path: Path) -> None:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *args: int) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zf:
        zf.writestr("a.png", picture())
        zf.writestr("b.png", picture(colour="blue"))
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    with zipfile.ZipFile(tmp_path / "a.zip") as zf:
        assert zf.infolist()[1].flag_bits & 8
    with zipfile.ZipFile(io.BytesIO(exported(tmp_path / "a.zip", [1]))) as zf:
        assert zf.read("b.png") == picture(colour="blue")
        assert not zf.infolist()[0].flag_bits & 8


def test_more_members_than_a_plain_zip_can_count_make_a_zip64(tmp_path: Path) -> None:
    archive = raw_zip(tmp_path / "a.zip", numbered(66_000))
    data = exported(archive, list(range(65_999)))
    assert b"PK\6\6" in data[-200:]
    with zipfile.ZipFile(io.BytesIO(data)) as zf:
        assert len(zf.infolist()) == 65_999


def test_sizes_and_offsets_over_four_gigabytes_are_written_as_zip64(tmp_path: Path) -> None:
    """A sparse archive of 9 GB is laid out by hand; its gigabytes are not read."""
    size = 2**32 + 5
    archive = sparse_archive(tmp_path / "large.zip", size, count=2)
    result = export(archive, [0, 1])
    local = 30 + 5 + 20
    assert result.length == 2 * (local + size) + 2 * (46 + 5) + (4 + 16) + (4 + 24) + 56 + 20 + 22
    first = next(iter(result.chunks))
    assert struct.unpack("<HHQQ", first[-20:]) == (1, 16, size, size)
    with RandomAccessFile(archive) as file:
        _, laid_out = module._lay_out(file, read_directory(file))
    directory = laid_out.finish(b"")
    out = tmp_path / "out.zip"
    with out.open("wb") as stream:
        stream.seek(2 * (local + size))
        stream.write(directory)
    with zipfile.ZipFile(out) as zf:
        assert [i.file_size for i in zf.infolist()] == [size, size]
        assert [i.header_offset for i in zf.infolist()] == [0, local + size]


def sparse_archive(file: Path, size: int, count: int) -> Path:
    names = [b"%d.png" % n for n in range(count)]
    directory = b""
    with file.open("wb") as out:
        for name in names:
            offset = out.tell()
            extra = struct.pack("<HHQQ", 1, 16, size, size)
            head = (45, 0, 0, 0, 33, 0, 2**32 - 1, 2**32 - 1, len(name), len(extra))
            out.write(struct.pack("<4s5H3L2H", b"PK\3\4", *head) + name + extra)
            out.seek(size, 1)
            extra = struct.pack("<HHQQQ", 1, 24, size, size, offset)
            ends = (len(name), len(extra), 0, 0, 0, 0, 2**32 - 1)
            facts = (45, 3, 45, 0, 0, 0, 0, 33, 0, 2**32 - 1, 2**32 - 1)
            directory += struct.pack("<4s4B4H3L5H2L", b"PK\1\2", *facts, *ends) + name + extra
        start = out.tell()
        out.write(directory)
        sizes = (count, count, len(directory), start)
        out.write(struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, *sizes))
        out.write(struct.pack("<4sLQL", b"PK\6\7", 0, start + len(directory), 1))
        short = (0, 0, count, count, len(directory), 2**32 - 1, 0)
        out.write(struct.pack("<4s4H2LH", b"PK\5\6", *short))
    return file


def test_nothing_kept_is_an_empty_zip(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    with zipfile.ZipFile(io.BytesIO(exported(archive, []))) as zf:
        assert zf.namelist() == []


def test_an_archive_that_is_damaged_by_now_is_refused_with_a_sentence(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(ArchiveError, match="incomplete or damaged"):
        export(archive, [0])


def test_an_archive_that_was_cut_meanwhile_ends_the_download_with_an_error(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture(), "b.png": bytes(5000)})
    result = export(archive, [0, 1])
    archive.write_bytes(archive.read_bytes()[:3000])
    with pytest.raises(ArchiveError, match=r"ends within 'b.png'"):
        list(result.chunks)


def test_a_member_that_is_not_where_the_directory_says_is_named(tmp_path: Path) -> None:
    entries = [RawEntry(name=b"a.png", data=picture(), offset=3), RawEntry(data=picture())]
    archive = raw_zip(tmp_path / "a.zip", entries)
    with pytest.raises(ArchiveError, match=r"'a.png': .* not where the list of members says"):
        export(archive, [0])
    assert zipfile.ZipFile(io.BytesIO(exported(archive, [1]))).read("a.png") == picture()


def test_a_name_falsely_marked_as_utf8_loses_the_mark_and_no_byte(tmp_path: Path) -> None:
    entry = RawEntry(name=b"bad\xff.png", data=picture(), flags=0x800)
    data = exported(raw_zip(tmp_path / "a.zip", [entry]), [0])
    assert data.count(b"bad\xff.png") == 2
    with zipfile.ZipFile(io.BytesIO(data)) as zf:
        assert zf.read(zf.infolist()[0]) == picture()


def test_times_that_no_calendar_knows_come_back_as_they_were(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture()})
    data = bytearray(archive.read_bytes())
    at = data.find(b"PK\1\2") + 12
    data[at : at + 4] = b"\xff\xff\x00\x00"
    archive.write_bytes(data)
    copy = exported(archive, [0])
    assert copy[copy.find(b"PK\1\2") + 12 :][:4] == b"\xff\xff\x00\x00"


def test_the_same_members_make_the_same_bytes(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {f"{n}.png": picture() for n in range(4)})
    assert exported(archive, [3, 1, 1]) == exported(archive, [1, 3])


def test_members_are_laid_out_in_little_memory(tmp_path: Path) -> None:
    archive = raw_zip(tmp_path / "a.zip", numbered(5_000))
    with peak_memory() as peak:
        export(archive, range(5_000))
    assert peak() < 5_000 * 1000


def test_a_prefix_goes_before_the_name_and_behind_the_folders(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        for name in ("top.png", "a/b/deep.png", "plain.png", "n" * 65_531):
            zf.writestr(name, name.encode())
    prefixes = {0: b"0.9731_", 1: b"0.5000_", 3: b"0.1000_"}
    result = export(archive, range(4), NewNames(prefixes=prefixes))
    data = b"".join(result.chunks)
    assert len(data) == result.length
    with zipfile.ZipFile(io.BytesIO(data)) as zf:
        names = ["0.9731_top.png", "a/b/0.5000_deep.png", "plain.png", "n" * 65_531]
        assert zf.namelist() == names
        assert zf.testzip() is None
        assert zf.read(names[1]) == b"a/b/deep.png"
    assert result.version != export(archive, range(4)).version


def test_a_member_comes_once_for_each_of_its_folders(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"x/a.png": picture(), "b.png": picture(colour="blue")})
    names = NewNames(folders={0: (b"one/", b"two/"), 1: (b"two/",)})
    result = export(archive, [0, 1], names)
    whole = b"".join(result.chunks)
    assert len(whole) == result.length
    assert (
        b"".join(result.iter_range(0, 100)) + b"".join(result.iter_range(100, result.length))
        == whole
    )
    with zipfile.ZipFile(io.BytesIO(whole)) as zf:
        assert zf.namelist() == ["one/x/a.png", "two/x/a.png", "two/b.png"]
        assert zf.read("one/x/a.png") == zf.read("two/x/a.png") == picture()
        assert zf.testzip() is None
