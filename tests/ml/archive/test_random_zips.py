"""Zips drawn by chance: good ones are read as zipfile reads them, hostile ones harm nothing."""

import bz2
import contextlib
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.archive.export import export
from ml.archive.limits import Limits
from ml.archive.reader import OpenArchive, list_members
from ml.errors import ArchiveError, MemberSkipped, MemberUnreadable
from tests.ml.archive.raw_zip import RawEntry, deflate, lzma_data, raw_zip
from tests.ml.archive.zips import picture

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@given(
    members=st.lists(
        st.tuples(names, st.binary(max_size=400), st.sampled_from([0, 8, 12, 14])),
        min_size=1,
        max_size=6,
    ),
    prefix=st.binary(max_size=30),
    comment=st.binary(max_size=30),
)
def test_good_zips_are_read_as_zipfile_reads_them(
    tmp_path: Path, members: list[tuple[str, bytes, int]], prefix: bytes, comment: bytes
) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        for name, data, method in members:
            zf.writestr(zipfile.ZipInfo(f"a{name}b.png"), data, method)
        zf.comment = comment
    archive.write_bytes(b"PK" + prefix + archive.read_bytes())
    with zipfile.ZipFile(archive) as zf, OpenArchive(archive, Limits()) as opened:
        infos = zf.infolist()
        assert [(m.path, m.size) for m in list_members(archive, Limits(ratio=10**6))] == [
            (info.filename, info.file_size) for info in infos
        ]
        assert [opened.read(n) for n in range(len(infos))] == [zf.read(info) for info in infos]


small = st.integers(0, 2**16 - 1)
entries = st.builds(
    RawEntry,
    name=st.binary(max_size=8),
    data=st.sampled_from(
        [b"", b"x", picture(), deflate(picture()), bz2.compress(b"x"), lzma_data(b"x")]
    ),
    method=st.sampled_from([0, 8, 9, 12, 14, 98]),
    size=st.none() | st.integers(0, 2**32 - 1),
    crc=st.none() | st.integers(0, 2**32 - 1),
    packed_size=st.none() | st.integers(0, 2**32 - 1),
    offset=st.none() | st.integers(0, 2**32 - 1),
    flags=small,
    version_needed=small,
    external_attributes=st.integers(0, 2**32 - 1),
    extra=st.binary(max_size=30),
    comment=st.binary(max_size=8),
)


@given(
    members=st.lists(entries, max_size=5),
    flips=st.lists(st.tuples(st.integers(0), st.integers(1, 255)), max_size=8),
)
def test_hostile_zips_give_reasons_and_nothing_else(
    tmp_path: Path, members: list[RawEntry], flips: list[tuple[int, int]]
) -> None:
    good = RawEntry(name=b"good.png", data=deflate(picture()), method=8, size=len(picture()))
    archive = raw_zip(tmp_path / "a.zip", [good, *members])
    data = bytearray(archive.read_bytes())
    for at, change in flips:
        data[at % len(data)] ^= change
    archive.write_bytes(data)
    read_everything(archive)


@given(flips=st.lists(st.tuples(st.integers(0), st.integers(1, 255)), min_size=1, max_size=8))
def test_damaged_zips_give_reasons_and_nothing_else(
    tmp_path: Path, flips: list[tuple[int, int]]
) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        for method in (0, 8, 12, 14):
            zf.writestr(f"{method}.png", picture(), method)
    data = bytearray(archive.read_bytes())
    for at, change in flips:
        data[at % len(data)] ^= change
    archive.write_bytes(data)
    read_everything(archive)


def read_everything(archive: Path) -> None:
    limits = Limits(member_bytes=10**6, unpacked_bytes=10**12, ratio=10**9)
    try:
        members = list_members(archive, limits)
    except ArchiveError:
        return
    readable = []
    with OpenArchive(archive, limits) as opened:
        for member in members:
            with contextlib.suppress(MemberUnreadable, MemberSkipped):
                assert len(opened.read(member.number)) == member.size
                readable.append(member.number)
    result = export(archive, readable)
    copy = archive.with_name("copy.zip")
    copy.write_bytes(b"".join(result.chunks))
    assert copy.stat().st_size == result.length
    if readable:
        with OpenArchive(archive, limits) as before, OpenArchive(copy, limits) as after:
            for number, place in enumerate(readable):
                assert after.read(number) == before.read(place)
