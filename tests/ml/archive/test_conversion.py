"""Archives of every format become one stored zip, with each member in it."""

import bz2
import gzip
import lzma
import os
import stat
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from ml.archive import conversion
from ml.archive.conversion import convert, needs_conversion
from ml.archive.formats import ZIP, ArchiveFormat
from ml.archive.intake import find_archive_kind
from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive, list_members
from ml.archive.with_libarchive import iter_with_libarchive
from ml.errors import ArchiveError, ArchiveTooLarge, MemberUnreadable
from tests.ml.archive.other_formats import pack_7z, pack_rar, pack_tar
from tests.ml.archive.zips import pack, picture

PACKERS = [
    (gzip.compress, "gz"),
    (bz2.compress, "bz2"),
    (lzma.compress, "xz"),
    (zstd.compress, "zst"),
]
MEMBERS = {"a.png": picture(), "Ordner/原神 ö.png": picture(colour="blue"), "notes.txt": b"x" * 999}


def make_zip(file: Path, limits: Limits | None = None) -> tuple[Path, str | None]:
    out = file.with_name("out.zip")
    return out, convert(file, find_kind(file), out, limits or Limits())


def find_kind(file: Path) -> ArchiveFormat:
    kind = find_archive_kind(file, file.name)
    assert kind is not None
    return kind


def pack_zstd_tar(file: Path, members: dict[str, bytes]) -> Path:
    file.write_bytes(zstd.compress(pack_tar(file, members).read_bytes()))
    return file


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.tar", pack_tar),
        ("a.tar.gz", lambda file, members: pack_tar(file, members, "w:gz")),
        ("a.tar.bz2", lambda file, members: pack_tar(file, members, "w:bz2")),
        ("a.tar.xz", lambda file, members: pack_tar(file, members, "w:xz")),
        ("a.tar.zst", pack_zstd_tar),
        ("a.7z", pack_7z),
        ("a.rar", pack_rar),
        ("a.cbr", pack_rar),
    ],
)
def test_an_archive_of_each_format_becomes_a_zip_with_its_members(
    name: str, make: Callable[[Path, dict[str, bytes]], Path], tmp_path: Path
) -> None:
    file = make(tmp_path / name, MEMBERS)
    assert needs_conversion(file, find_kind(file))
    out, note = make_zip(file)
    assert note is None
    with zipfile.ZipFile(out) as zf:
        assert {info.filename: zf.read(info) for info in zf.infolist()} == MEMBERS
        assert {info.compress_type for info in zf.infolist()} == {zipfile.ZIP_STORED}
    assert [m.path for m in list_members(out, Limits())] == list(MEMBERS)


def test_times_permissions_and_names_in_other_encodings_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    name = "写真.png".encode("cp932")
    with tarfile.open(file, "w", format=tarfile.GNU_FORMAT) as tar:
        info = tarfile.TarInfo(os.fsdecode(name))
        info.mtime, info.mode = 1_600_000_000, 0o640
        tar.addfile(info)
    out, _ = make_zip(file)
    with zipfile.ZipFile(out) as zf:
        (made,) = zf.infolist()
    assert name in out.read_bytes()
    assert made.external_attr >> 16 == stat.S_IFREG | 0o640
    assert made.date_time[:5] == time.localtime(1_600_000_000)[:5]


def test_links_devices_and_folders_are_skipped_with_their_reason(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    kinds = {
        "folder": tarfile.DIRTYPE,
        "link.png": tarfile.SYMTYPE,
        "hard.png": tarfile.LNKTYPE,
        "device.png": tarfile.CHRTYPE,
    }
    pack_tar(file, {"a.png": picture()})
    with tarfile.open(file, "a") as tar:
        for name, kind in kinds.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    out, _ = make_zip(file)
    assert {m.path: m.skip for m in list_members(out, Limits())} == {
        "a.png": None,
        "folder/": "a folder",
        "link.png": "a link",
        "hard.png": "a link",
        "device.png": "not an ordinary file",
    }


def test_a_tar_is_read_up_to_its_break(tmp_path: Path) -> None:
    file = pack_tar(tmp_path / "a.tar", {"a.png": picture(), "b.png": b"x" * 5000})
    file.write_bytes(file.read_bytes()[:3000])
    out, note = make_zip(file)
    assert note is not None
    assert note.endswith("Before the break, MonaSieve read 2 files.")
    with OpenArchive(out, Limits()) as archive:
        assert archive.read(0) == picture()
        with pytest.raises(MemberUnreadable, match="damaged"):
            archive.read(1)


def test_a_member_with_a_wrong_checksum_stays_unreadable(tmp_path: Path) -> None:
    file = pack_7z(tmp_path / "a.7z", MEMBERS)
    file.write_bytes(file.read_bytes().replace(b"xxx", b"xyx", 1))
    out, _ = make_zip(file)
    with OpenArchive(out, Limits()) as archive:
        assert archive.read(0) == picture()
        with pytest.raises(MemberUnreadable, match="damaged in the archive"):
            archive.read(2)


def test_a_whole_zip_is_not_copied(tmp_path: Path) -> None:
    file = pack(tmp_path / "a.zip", {"a.png": picture(), "inner.zip": b""})
    assert not needs_conversion(file, ZIP)
    assert needs_conversion(file, ZIP, open_inner_zips=True)
    assert not needs_conversion(
        pack(tmp_path / "b.zip", {"a.png": picture()}), ZIP, open_inner_zips=True
    )


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(members=1), "more than 1 members"),
        (Limits(names_bytes=8), "names more than 8 bytes"),
        (Limits(unpacked_bytes=1000), "unpacks to more than 1,000 bytes"),
    ],
)
def test_limits_are_counted_while_converting(limits: Limits, says: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveTooLarge, match=says):
        make_zip(pack_tar(tmp_path / "a.tar", MEMBERS), limits)


def test_a_bomb_is_stopped_by_its_ratio(tmp_path: Path) -> None:
    members = {f"{number}.png": bytes(10_000_000) for number in range(4)}
    file = pack_tar(tmp_path / "a.tar.xz", members, "w:xz")
    with pytest.raises(ArchiveTooLarge, match="limit for an archive of its size"):
        make_zip(file)
    assert (tmp_path / "out.zip").stat().st_size < 20_000_000


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_one_giant_member_is_a_row_without_its_bytes(tmp_path: Path, mode: str) -> None:
    members = {"a.png": picture(), "bomb.png": bytes(20_000_000), "b.png": picture(colour="blue")}
    out, note = make_zip(pack_tar(tmp_path / "a.tar", members, mode))
    assert note == (
        "1 of its files has more than 16 MiB, the limit for one file of this archive, and cannot "
        "be read."
    )
    assert out.stat().st_size < 10_000
    first, bomb, last = list_members(out, Limits())
    assert (first.skip, last.skip) == (None, None)
    assert "more than 200 times its size" in (bomb.skip or "")
    with OpenArchive(out, Limits()) as archive:
        assert archive.read(2) == members["b.png"]


@pytest.mark.parametrize(("pack_with", "suffix"), PACKERS)
@pytest.mark.parametrize(
    ("content", "what"),
    [(picture(), "a picture"), (b"Rar!\x1a\x07\0", "a RAR archive"), (b"text", "another file")],
)
def test_a_compressed_file_that_is_no_tar_says_what_it_is(
    tmp_path: Path, pack_with: Callable[[bytes], bytes], suffix: str, content: bytes, what: str
) -> None:
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(pack_with(content))
    label = find_kind(file).label
    with pytest.raises(ArchiveError, match=f"This is {label} that holds {what} instead of a tar"):
        make_zip(file)


@pytest.mark.parametrize(("pack_with", "suffix"), PACKERS)
def test_a_compressed_file_that_breaks_off_at_once_is_damaged(
    tmp_path: Path, pack_with: Callable[[bytes], bytes], suffix: str
) -> None:
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(pack_with(picture())[:16])
    with pytest.raises(
        ArchiveError, match=r"is incomplete: 16 bytes arrived.* Copy or download it"
    ):
        make_zip(file)


def test_a_rar_that_breaks_off_is_damaged_and_not_empty(tmp_path: Path) -> None:
    """libarchive takes a break between two blocks for the end."""
    file = pack_rar(tmp_path / "a.rar", {"a.png": picture(), "b.png": picture()})
    whole = file.read_bytes()
    file.write_bytes(whole[:20])
    with pytest.raises(ArchiveError, match=r"its end is missing\)\. Copy or download it again"):
        make_zip(file)
    file.write_bytes(whole[: whole.index(b"b.png") - 10])
    _, note = make_zip(file)
    assert note is not None
    assert note.endswith("Before the break, MonaSieve read 1 file.")
    with pytest.raises(ArchiveError, match="This archive is empty"):
        make_zip(pack_rar(file, {}))


@pytest.mark.parametrize("name", ["a.7z", "a.rar", "a.tar", "a.tar.gz"])
def test_a_file_that_only_has_the_name_is_refused_with_a_sentence(
    name: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(b"this is a text" * 99)
    with pytest.raises(ArchiveError, match=r" is damaged.* Copy or download it again\."):
        make_zip(file)


def test_without_libarchive_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = pack_7z(tmp_path / "a.7z", MEMBERS)
    monkeypatch.setenv("LIBARCHIVE", "libmissing.so")
    with pytest.raises(ArchiveError, match="To read a 7z archive, MonaSieve needs libarchive"):
        make_zip(file)
    make_zip(pack_tar(tmp_path / "a.tar", MEMBERS))


@pytest.mark.parametrize("label", ["a 7z archive", "a RAR archive"])
def test_a_machine_without_the_library_gets_the_same_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    """`find_library` finds nothing there, and ctypes then loads this program instead."""
    monkeypatch.delenv("LIBARCHIVE", raising=False)
    monkeypatch.setattr("ctypes.util.find_library", lambda _name: None)
    for name in [name for name in sys.modules if name.partition(".")[0] == "libarchive"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ArchiveError, match=f"To read {label}, MonaSieve needs libarchive"):
        next(iter_with_libarchive(tmp_path / "any", label))
    assert not [name for name in sys.modules if name == "libarchive"]
    zip_file = pack(tmp_path / "a.zip", {"a.png": picture()})
    assert [member.path for member in list_members(zip_file, Limits())] == ["a.png"]


def test_a_conversion_that_hangs_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    os.mkfifo(file)  # reading it waits for ever
    kind = find_kind(pack_tar(tmp_path / "b.tar", MEMBERS))
    with pytest.raises(ArchiveError, match="took longer than 1 seconds"):
        convert(file, kind, tmp_path / "out.zip", Limits(), seconds=1)


def test_a_conversion_that_crashes_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = pack_tar(tmp_path / "a.tar", MEMBERS)
    monkeypatch.setattr(conversion, "_convert_here", exit_hard)
    with pytest.raises(ArchiveError, match="crashed on this one"):
        convert(file, find_kind(file), tmp_path / "out.zip", Limits())


def exit_hard(*_args: object) -> None:
    os._exit(9)
