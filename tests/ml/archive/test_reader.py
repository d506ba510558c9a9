"""Listing and reading the members of good, odd and hostile archives."""

import bz2
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ml.archive import layout
from ml.archive.limits import Limits
from ml.archive.reader import INNER_ZIP, OpenArchive, list_members
from ml.errors import ArchiveError, MemberSkipped, MemberUnreadable
from tests.ml.archive.memory import peak_memory
from tests.ml.archive.other_formats import pack_rar, pack_tar
from tests.ml.archive.raw_zip import RawEntry, deflate, lzma_data, numbered, raw_zip
from tests.ml.archive.zips import claim_size, pack, picture, set_flag


def skipped(archive: Path, limits: Limits | None = None) -> dict[str, str | None]:
    return {m.path: m.skip for m in list_members(archive, limits or Limits())}


def test_every_member_is_listed_in_order_and_only_pictures_have_no_reason(tmp_path: Path) -> None:
    archive = pack(
        tmp_path / "a.zip",
        {
            "b/mona.png": picture(),
            "__MACOSX/b/._mona.png": b"x",
            "b/": b"",
            ".DS_Store": b"x",
            "b/Thumbs.db": b"x",
            "readme.txt": b"hello",
            "inner.zip": b"PK\x03\x04",
            "a.HEIC": b"",
        },
    )
    assert skipped(archive) == {
        "b/mona.png": None,
        "__MACOSX/b/._mona.png": "macOS system file",
        "b/": "a folder",
        ".DS_Store": "system file",
        "b/Thumbs.db": "system file",
        "readme.txt": "not a picture",
        "inner.zip": INNER_ZIP,
        "a.HEIC": None,
    }
    assert [m.number for m in list_members(archive, Limits())] == list(range(8))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_a_picture_without_a_telling_name_is_known_by_its_first_bytes(
    tmp_path: Path, kind: str
) -> None:
    data = picture(kind)
    assert skipped(pack(tmp_path / "a.zip", {"d41d8cd98f": data, "x.dat": b"BMW and more"})) == {
        "d41d8cd98f": None,
        "x.dat": "not a picture",
    }


def test_an_archive_within_a_zip_is_skipped_with_its_kind_and_what_to_do(tmp_path: Path) -> None:
    rar = pack_rar(tmp_path / "a.rar", {"a.png": picture()}).read_bytes()
    tar = pack_tar(tmp_path / "a.tar", {"a.png": picture()}).read_bytes()
    packed = pack_tar(tmp_path / "a.tar.gz", {"a.png": picture()}, "w:gz").read_bytes()
    members = {
        "set/a.rar": rar,
        "a.cbr": b"",
        "d41d8cd98f": rar,
        "a.ZIP": rar,
        "a.7z": b"7z\xbc\xaf\x27\x1c and more",
        "a.tar": tar,
        "nameless": tar,
        "a.tar.gz": packed,
        "a.TGZ": packed,
        "notes.gz": packed,
        "a.ora": b"PK\3\4",
        "a.svgz": packed,
        "hello.txt": b"hello",
    }
    kinds = {
        path: reason
        for path, reason in skipped(
            pack(tmp_path / "a.zip", {"a.png": picture(), **members})
        ).items()
        if reason
    }
    what_to_do = " that was not opened: unpack it, or upload it by itself"
    assert kinds == {
        **dict.fromkeys(
            ("set/a.rar", "a.cbr", "d41d8cd98f", "a.ZIP"), f"a RAR archive{what_to_do}"
        ),
        "a.7z": f"a 7z archive{what_to_do}",
        **dict.fromkeys(("a.tar", "nameless", "a.tar.gz", "a.TGZ"), f"a tar archive{what_to_do}"),
        "notes.gz": f"a gzip file{what_to_do}",
        **dict.fromkeys(("a.ora", "a.svgz", "hello.txt"), "not a picture"),
    }


def test_a_zip_of_another_archive_alone_says_what_to_do(tmp_path: Path) -> None:
    rar = pack_rar(tmp_path / "a.rar", {"a.png": picture()}).read_bytes()
    with pytest.raises(ArchiveError, match=r"\(1 file: a RAR archive .*: unpack it, or upload it"):
        list_members(pack(tmp_path / "a.zip", {"a.rar": rar}), Limits())


def test_a_link_is_skipped(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zf:
        zf.writestr(link, "/etc/passwd")
        zf.writestr("a.png", picture())
    assert skipped(tmp_path / "a.zip") == {"link.png": "a link", "a.png": None}


def test_one_encrypted_member_is_skipped_and_only_encrypted_ones_are_refused(
    tmp_path: Path,
) -> None:
    locked = set_flag(pack(tmp_path / "locked.zip", {"a.png": picture()}), 1)
    with pytest.raises(ArchiveError, match="All 1 files in this archive are encrypted"):
        list_members(locked, Limits())
    mixed = pack(tmp_path / "mixed.zip", {"a.png": picture(), "b.png": picture()})
    data = bytearray(mixed.read_bytes())
    data[data.rfind(b"PK\1\2") + 8] |= 1
    mixed.write_bytes(data)
    assert skipped(mixed) == {"a.png": None, "b.png": "encrypted"}


def test_an_unknown_method_is_a_reason(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture(), "b.png": picture()})
    data = bytearray(archive.read_bytes())
    data[data.rfind(b"PK\1\2") + 10] = 97  # WavPack
    archive.write_bytes(data)
    assert skipped(archive)["b.png"] == "packed by a method that MonaSieve does not read (97)"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "a.zip is empty: 0 bytes arrived"),
        (b"hello, I am no zip", "a.zip is neither an archive nor a picture"),
        (b"PK\x03\x04 cut off", "incomplete or damaged. Copy or create it again"),
        (b"PK\x05\x06" + bytes(18), "This archive is empty"),
    ],
)
def test_what_is_no_archive_is_refused_with_what_it_is(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ArchiveError, match=says):
        list_members(tmp_path / "a.zip", Limits())


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture(), "b.png": picture()})
    archive.write_bytes(archive.read_bytes()[:-60])
    with pytest.raises(ArchiveError, match="incomplete or damaged"):
        list_members(archive, Limits())


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"a.txt": b"x"}, r"contains no pictures \(1 file: not a picture\)"),
        ({"a.txt": b"x", "b/": b""}, r"\(2 files: a folder, not a picture\)"),
        ({"a.zip": b"PK"}, r"\(1 file: a zip that was not opened\)\. Zips .* in Settings or by --"),
    ],
)
def test_an_archive_without_any_picture_is_refused_with_what_is_in_it(
    tmp_path: Path, members: dict[str, bytes], says: str
) -> None:
    with pytest.raises(ArchiveError, match=says):
        list_members(pack(tmp_path / "a.zip", members), Limits())


def test_a_member_larger_than_it_claims_is_found_while_reading(tmp_path: Path) -> None:
    data = bytes(range(256)) * 4000
    archive = pack(tmp_path / "a.zip", {"a.png": data}, zipfile.ZIP_DEFLATED)
    claim_size(archive, len(data), 100)
    with OpenArchive(archive, Limits()) as zf, pytest.raises(MemberUnreadable, match="damaged"):
        zf.read(0)


def test_reading_counts_the_bytes_again(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": bytes(5000)})
    limits = Limits(member_bytes=4000)
    with OpenArchive(archive, limits) as zf, pytest.raises(MemberSkipped, match="too large"):
        zf.read(0)


def test_a_member_with_a_wrong_checksum_is_unreadable_and_the_next_is_not(tmp_path: Path) -> None:
    first, second = picture(size=(90, 90)), picture(colour="blue")
    archive = pack(tmp_path / "a.zip", {"a.png": first, "b.png": second})
    data = bytearray(archive.read_bytes())
    data[data.find(first) + 60] ^= 0xFF
    archive.write_bytes(data)
    with OpenArchive(archive, Limits()) as zf:
        with pytest.raises(MemberUnreadable, match="CRC"):
            zf.read(0)
        assert zf.read(1) == second


def test_one_odd_member_never_refuses_the_others(tmp_path: Path) -> None:
    zip64 = RawEntry(name=b"zip64.png", size=layout.MAX32, extra=b"\1\0\4\0abcd")
    outside = RawEntry(name=b"outside.png", data=picture(), offset=10**8)
    too_long = RawEntry(name=b"long.png", data=picture(), packed_size=10**8)
    entries = [
        RawEntry(name=b"good.png", data=picture()),
        RawEntry(name=b"new.png", data=picture(), version_needed=99),
        RawEntry(name=b"bad\xff.png", data=picture(), flags=layout.UTF8),
        zip64,
        outside,
        too_long,
    ]
    archive = raw_zip(tmp_path / "a.zip", entries)
    members = list_members(archive, Limits())
    assert [member.skip for member in members] == [None] * 6
    assert members[2].path == "bad\ufffd.png"
    with OpenArchive(archive, Limits()) as zf:
        assert [zf.read(number) for number in range(3)] == [picture()] * 3
        for number, says in [(3, "size or offset"), (4, "outside the"), (5, "outside the")]:
            with pytest.raises(MemberUnreadable, match=says):
                zf.read(number)


@pytest.mark.parametrize(
    ("name", "path"),
    [(b"", "(no name)"), (b"\0evil.png", "\ufffdevil.png"), (b"a\0.txt", "a\ufffd.txt")],
)
def test_a_picture_without_a_name_is_listed_like_any_other(
    tmp_path: Path, name: bytes, path: str
) -> None:
    archive = raw_zip(tmp_path / "a.zip", [RawEntry(name=name, data=picture())])
    (member,) = list_members(archive, Limits())
    assert (member.path, member.skip) == (path, None)
    with OpenArchive(archive, Limits()) as zf:
        assert zf.read(0) == picture()


def test_a_damaged_member_of_any_name_is_listed(tmp_path: Path) -> None:
    broken = RawEntry(name=b"d41d8cd98f", data=picture(), offset=10**8)
    archive = raw_zip(tmp_path / "a.zip", [broken])
    assert skipped(archive) == {"d41d8cd98f": None}


def test_members_of_bzip2_are_not_unpacked_to_list_them(tmp_path: Path) -> None:
    """Its first byte costs megabytes: 100,000 of them would take minutes."""
    text = RawEntry(name=b"text", data=bz2.compress(b"hello"), method=layout.BZIP2)
    assert skipped(raw_zip(tmp_path / "a.zip", [text])) == {"text": None}


@pytest.mark.parametrize("method", [layout.STORED, layout.DEFLATED, layout.LZMA])
def test_what_a_member_is_costs_little_memory(tmp_path: Path, method: int) -> None:
    bomb = b"\xff\xd8\xff" + bytes(30_000_000)
    data = {layout.STORED: bomb, layout.DEFLATED: deflate(bomb), layout.LZMA: lzma_data(bomb)}
    entry = RawEntry(name=b"bomb", data=data[method], method=method, size=1000)
    archive = raw_zip(tmp_path / "a.zip", [entry])
    with peak_memory() as peak:
        assert skipped(archive) == {"bomb": None}
    assert peak() < 5_000_000


def test_a_skipped_member_is_not_read_either(tmp_path: Path) -> None:
    entries = [RawEntry(data=picture(), flags=layout.ENCRYPTED), RawEntry(data=b"x", method=97)]
    with OpenArchive(raw_zip(tmp_path / "a.zip", entries), Limits()) as zf:
        with pytest.raises(MemberSkipped, match="encrypted"):
            zf.read(0)
        with pytest.raises(MemberSkipped, match="does not read"):
            zf.read(1)


def test_several_threads_read_one_open_archive(tmp_path: Path) -> None:
    members = {f"{n}.png": picture() + bytes([n]) * 200_000 for n in range(20)}
    archive = pack(tmp_path / "a.zip", members, zipfile.ZIP_DEFLATED)
    with OpenArchive(archive, Limits()) as zf, ThreadPoolExecutor(8) as threads:
        assert list(threads.map(zf.read, range(20))) == list(members.values())


def test_members_are_listed_in_little_memory(tmp_path: Path) -> None:
    archive = raw_zip(tmp_path / "a.zip", numbered(5_000))
    with peak_memory() as peak:
        assert len(list_members(archive, Limits())) == 5_000
    assert peak() < 5_000 * 500


def test_a_damaged_archive_does_not_open(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\3\4 cut off")
    with pytest.raises(ArchiveError, match="incomplete or damaged"):
        OpenArchive(tmp_path / "a.zip", Limits())
