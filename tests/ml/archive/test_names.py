"""Names of members in any encoding."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.archive import layout
from ml.archive.limits import Limits
from ml.archive.names import find_encoding
from ml.archive.reader import list_members
from tests.ml.archive.raw_zip import RawEntry, raw_zip
from tests.ml.archive.zips import pack_raw_names, picture


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
def test_names_of_an_unknown_encoding_are_readable(
    tmp_path: Path, encoding: str, names: list[str]
) -> None:
    members = {name.encode(encoding): picture() for name in names}
    archive = pack_raw_names(tmp_path / "a.zip", members)
    assert [m.path for m in list_members(archive, Limits())] == names


def test_a_name_falsely_marked_as_utf8_does_not_spoil_the_others(tmp_path: Path) -> None:
    entries = [
        RawEntry(name=b"bad\xff\xfe.png", data=picture(), flags=layout.UTF8),
        RawEntry(name="モナ.png".encode(), data=picture(), flags=layout.UTF8),
        RawEntry(name="ウィッチ.jpg".encode("cp932"), data=picture()),
    ]
    archive = raw_zip(tmp_path / "a.zip", entries)
    assert [m.path for m in list_members(archive, Limits())] == [
        "bad\ufffd\ufffd.png",
        "モナ.png",
        "ウィッチ.jpg",
    ]


def test_the_encoding_is_found_in_the_first_64_kilobytes() -> None:
    read = 0

    def endless() -> Iterator[tuple[bytes, int]]:
        nonlocal read
        while True:
            read += 1
            yield "原神/モナ.png".encode("cp932"), 0

    assert find_encoding(endless()) == "cp932"
    assert read < 65_536 // 13 + 2


def test_a_later_name_that_does_not_fit_the_encoding_is_still_shown(tmp_path: Path) -> None:
    first = ("モ" * 10_000).encode("cp932") + b".png"
    entries = [RawEntry(name=first + b"%d" % n, data=picture()) for n in range(4)]
    entries.append(RawEntry(name=b"\x85\xff.png", data=picture()))
    paths = [m.path for m in list_members(raw_zip(tmp_path / "a.zip", entries), Limits())]
    assert paths[0].startswith("モモ")
    assert paths[-1].startswith("\ufffd")


def test_the_unicode_field_replaces_the_old_name(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("mona.png")
    name = "モナ.png".encode()
    field = b"\x01" + zlib.crc32(b"mona.png").to_bytes(4, "little") + name
    info.extra = b"\x75\x70" + len(field).to_bytes(2, "little") + field
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zf:
        zf.writestr(info, picture())
    assert [m.path for m in list_members(tmp_path / "a.zip", Limits())] == ["モナ.png"]


def test_a_unicode_field_of_another_name_does_not_count(tmp_path: Path) -> None:
    field = b"\x01" + zlib.crc32(b"other.png").to_bytes(4, "little") + b"false.png"
    extra = b"\x75\x70" + len(field).to_bytes(2, "little") + field
    archive = raw_zip(tmp_path / "a.zip", [RawEntry(name=b"true.png", extra=extra)])
    assert [m.path for m in list_members(archive, Limits())] == ["true.png"]
