"""Listing and reading the members of archives that nobody vouches for."""

import stat
import zipfile
from pathlib import Path

import pytest

from ml.archive.limits import Limits
from ml.archive.names import extra_fields
from ml.archive.reader import OpenArchive, list_members
from ml.errors import ArchiveError, ArchiveTooLarge, MemberSkipped, MemberUnreadable
from tests.ml.archive.zips import claim_size, pack, pack_raw_names, picture, set_flag


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
        "__MACOSX/b/._mona.png": "bookkeeping of macOS",
        "b/": "a folder",
        ".DS_Store": "bookkeeping of the system",
        "b/Thumbs.db": "bookkeeping of the system",
        "readme.txt": "not a picture",
        "inner.zip": "not a picture",
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
    with pytest.raises(ArchiveError, match="All 1 files in that archive are encrypted"):
        list_members(locked, Limits())
    mixed = pack(tmp_path / "mixed.zip", {"a.png": picture(), "b.png": picture()})
    data = bytearray(mixed.read_bytes())
    data[data.rfind(b"PK\1\2") + 8] |= 1
    mixed.write_bytes(data)
    assert skipped(mixed) == {"a.png": None, "b.png": "encrypted"}


def test_a_method_that_zipfile_does_not_read_is_a_reason(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture(), "b.png": picture()})
    data = bytearray(archive.read_bytes())
    data[data.rfind(b"PK\1\2") + 10] = 9  # Deflate64
    archive.write_bytes(data)
    assert skipped(archive)["b.png"] == "packed by a method this program does not read (9)"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "That file is empty: 0 bytes arrived"),
        (b"hello, I am no zip", "neither a zip archive nor a picture"),
        (b"PK\x03\x04 cut off", "cut off or damaged"),
        (b"PK\x05\x06" + bytes(18), "That archive is empty"),
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
    with pytest.raises(ArchiveError, match="cut off or damaged"):
        list_members(archive, Limits())


def test_an_archive_without_any_picture_is_refused_with_what_is_in_it(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.txt": b"x", "b/": b""})
    with pytest.raises(ArchiveError, match=r"2 members \(a folder, not a picture\)"):
        list_members(archive, Limits())


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(members=1), "has 2 members; the limit is 1"),
        (Limits(unpacked_bytes=1000), "unpacks to 2,000,0.. bytes; the limit is 1,000"),
        (Limits(ratio=50), "times its size; the limit is 50"),
    ],
)
def test_each_limit_of_an_archive_has_its_sentence(
    tmp_path: Path, limits: Limits, says: str
) -> None:
    members = {"a.png": picture(), "b.bmp": bytes(2_000_000)}
    members["a.png"] = members["a.png"][:70]
    archive = pack(tmp_path / "a.zip", members, zipfile.ZIP_DEFLATED)
    with pytest.raises(ArchiveTooLarge, match=says):
        list_members(archive, limits)


def test_members_that_share_their_data_are_refused(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture(size=(900, 900))})
    data = archive.read_bytes()
    start, end = data.find(b"PK\1\2"), data.find(b"PK\5\6")
    entry = data[start:end]
    directory = entry * 3
    tail = bytearray(data[end:])
    tail[8:10] = tail[10:12] = (3).to_bytes(2, "little")
    tail[12:16] = len(directory).to_bytes(4, "little")
    archive.write_bytes(data[:start] + directory + tail)
    with pytest.raises(ArchiveError, match="overlap"):
        list_members(archive, Limits())


def test_a_member_over_the_limit_is_skipped_and_the_others_go_on(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture(), "b.bmp": bytes(3_000_000)})
    reasons = skipped(archive, Limits(member_bytes=2_000_000))
    assert reasons == {"a.png": None, "b.bmp": "too large: 3.0 MB, the limit is 2.0 MB"}


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


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp932", ["原神/モナ・立ち絵.png", "原神/莫娜.png", "ウィッチ.jpg"]),
        ("gbk", ["原神/莫娜立绘.png", "璃月/刻晴.png", "占星术士.jpg"]),
        ("big5", ["原神/莫娜立繪.png", "璃月/刻晴.png", "占星術士.jpg"]),
        ("euc_kr", ["원신/모나.png", "점성술사.png"]),
        ("utf-8", ["原神/モナ.png", "Ménagère.png"]),
        ("cp437", ["Ménagère.png"]),
    ],
)
def test_names_of_an_untold_encoding_are_readable(
    tmp_path: Path, encoding: str, names: list[str]
) -> None:
    members = {name.encode(encoding): picture() for name in names}
    archive = pack_raw_names(tmp_path / "a.zip", members)
    assert [m.path for m in list_members(archive, Limits())] == names


def test_a_name_that_is_not_the_utf8_it_says_is_named(tmp_path: Path) -> None:
    archive = pack_raw_names(tmp_path / "a.zip", {b"bad\xff\xfe.png": picture()})
    with pytest.raises(ArchiveError, match="said to be UTF-8 and is not"):
        list_members(set_flag(archive, 0x800), Limits())


def test_thousands_of_empty_extra_fields_cost_no_time_to_speak_of(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a.png")
    info.extra = b"\x99\x99\0\0" * 16_000
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zf:
        zf.writestr(info, picture())
    (member,) = list_members(tmp_path / "a.zip", Limits(ratio=10**6))
    assert member.path == "a.png"
    with zipfile.ZipFile(tmp_path / "a.zip") as zf:
        fields = list(extra_fields(zf.infolist()[0].extra))
    assert fields == [(0x9999, b"")] * 16_000


def test_the_name_in_the_unicode_field_goes_over_the_old_one(tmp_path: Path) -> None:
    import zlib

    info = zipfile.ZipInfo("mona.png")
    name = "モナ.png".encode()
    field = b"\x01" + zlib.crc32(b"mona.png").to_bytes(4, "little") + name
    info.extra = b"\x75\x70" + len(field).to_bytes(2, "little") + field
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zf:
        zf.writestr(info, picture())
    assert [m.path for m in list_members(tmp_path / "a.zip", Limits())] == ["モナ.png"]
