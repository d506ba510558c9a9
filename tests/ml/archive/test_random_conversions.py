"""Tars, inner zips and names drawn by chance: good ones keep all, hostile ones harm nothing."""

import contextlib
import io
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ml.archive import layout
from ml.archive.conversion import write_zip
from ml.archive.directory import read_directory
from ml.archive.limits import Limits
from ml.archive.names import ENCODINGS, find_encoding, read_path
from ml.archive.nested import iter_nested
from ml.archive.new_member import NewMember
from ml.archive.random_access import RandomAccessFile
from ml.archive.reader import OpenArchive, list_members
from ml.archive.tars import iter_tar
from ml.archive.with_libarchive import iter_with_libarchive
from ml.archive.writer import make_entry
from ml.errors import ArchiveError
from tests.ml.archive.other_formats import pack_rar, pack_tar
from tests.ml.archive.test_random_zips import read_everything
from tests.ml.archive.zips import picture

GENEROUS = Limits(ratio=10**9, unpacked_bytes=10**15)
flips = st.lists(st.tuples(st.integers(0), st.integers(1, 255)), min_size=1, max_size=8)
names = st.binary(min_size=1, max_size=150).filter(lambda n: not {0, 47} & set(n))


def change(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    new = bytearray(data)
    for at, bits in changes:
        new[at % len(new)] ^= bits
    return bytes(new)


def convert_here(members: Iterator[NewMember], file: Path) -> Path:
    """The zip of these members, or nothing of it if the archive was refused with a reason."""
    out = file.with_name("out.zip")
    out.unlink(missing_ok=True)
    with contextlib.suppress(ArchiveError):
        write_zip(members, file, out, GENEROUS)
        read_everything(out)
    return out


@given(
    members=st.lists(st.tuples(names, st.binary(max_size=1500)), min_size=1, max_size=4),
    kind=st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    seconds=st.integers(0, 2**33),
)
@example(members=[(b"BZh", b"")], kind=tarfile.GNU_FORMAT, seconds=0)
def test_good_tars_keep_names_and_bytes(
    tmp_path: Path, members: list[tuple[bytes, bytes]], kind: int, seconds: int
) -> None:
    file = tmp_path / "a.tar"
    with tarfile.open(file, "w", format=kind, encoding="utf-8", errors="surrogateescape") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
            info.size, info.mtime = len(data), seconds
            tar.addfile(info, io.BytesIO(data))
    out = convert_here(iter_tar(file, "a tar archive"), file)
    with OpenArchive(out, GENEROUS) as archive:
        read = [archive.read(number) for number in range(len(members))]
    assert read == [data for _, data in members]
    with RandomAccessFile(out) as stream:
        assert [entry.name for entry in read_directory(stream)] == [name for name, _ in members]


@given(changes=flips, packed=st.sampled_from(["w", "w:gz", "w:bz2", "w:xz"]))
def test_damaged_tars_give_reasons_and_nothing_else(
    tmp_path: Path, changes: list[tuple[int, int]], packed: str
) -> None:
    file = pack_tar(tmp_path / "a.tar", {"a.png": picture(), "ö" * 120: b"x" * 700}, packed)
    file.write_bytes(change(file.read_bytes(), changes))
    convert_here(iter_tar(file, "a tar archive"), file)


@given(changes=flips, of_inner=st.booleans())
def test_damaged_inner_zips_give_reasons_and_nothing_else(
    tmp_path: Path, changes: list[tuple[int, int]], of_inner: bool
) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as zf:
        zf.writestr("ö.png", picture())
        zf.writestr("b.png", picture(), zipfile.ZIP_BZIP2)
    data = change(inner.getvalue(), changes) if of_inner else inner.getvalue()
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as zf:
        zf.writestr("first.png", picture())
        zf.writestr("inner.zip", data)
    if not of_inner:
        file.write_bytes(change(file.read_bytes(), changes))
    out = convert_here(iter_nested(file, GENEROUS, tmp_path / "inner"), file)
    if of_inner:
        assert list_members(out, GENEROUS)[0].path == "first.png", "an inner zip harms no other"


@given(st.lists(st.tuples(st.binary(max_size=40), st.sampled_from([0, layout.UTF8])), max_size=6))
def test_any_bytes_are_a_name_that_can_be_shown(marked: list[tuple[bytes, int]]) -> None:
    encoding = find_encoding(iter(marked))
    assert encoding in ENCODINGS
    for name, _ in marked:
        path = read_path(make_entry(name, size=0), encoding)
        assert path
        assert "\0" not in path
        path.encode()


@pytest.mark.parametrize(
    "values",
    [{"size": 2**70}, {"size": -1}, {"mode": 0o200000644}]
    + [{"modified": value} for value in (float("nan"), float("inf"), -1.0, 2.0**40)],
    ids=str,
)
def test_values_that_no_zip_can_hold_harm_no_other_member(
    tmp_path: Path, values: dict[str, float]
) -> None:
    entry = make_entry(b"odd.png", **{"size": 1, "mode": stat.S_IFREG} | values)  # type: ignore[arg-type]
    good = make_entry(b"good.png", size=len(picture()))
    (tmp_path / "a").write_bytes(b"")
    out = convert_here(
        iter([NewMember(entry, [b"x"]), NewMember(good, [picture()])]), tmp_path / "a"
    )
    with OpenArchive(out, Limits()) as archive:
        assert archive.read(1) == picture()


def test_a_rar_whose_attributes_have_too_many_bits_is_read(tmp_path: Path) -> None:
    file = pack_rar(tmp_path / "a.rar", {"a.png": picture()}, attributes=0o4000100644)
    out = convert_here(iter_with_libarchive(file, "a RAR archive"), file)
    with OpenArchive(out, Limits()) as archive:
        assert archive.read(0) == picture()
