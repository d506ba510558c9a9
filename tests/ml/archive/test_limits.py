"""Every limit of an archive refuses it, or skips a member, with a sentence."""

import zipfile
from pathlib import Path

import pytest

from ml.archive.limits import Limits
from ml.archive.reader import list_members
from ml.errors import ArchiveTooLarge
from tests.ml.archive.zips import pack, picture


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(members=1), "has 2 members; the limit is 1"),
        (Limits(unpacked_bytes=1000), "unpacks to 2,000,0.. bytes; the limit is 1,000"),
        (Limits(directory_bytes=100), "list of members has 102 bytes; the limit is 100"),
        (Limits(names_bytes=9), "names in the archive have more than 9 bytes"),
    ],
)
def test_an_archive_over_a_limit_is_refused(tmp_path: Path, limits: Limits, says: str) -> None:
    members = {"a.png": picture()[:70], "b.bmp": bytes(2_000_000)}
    archive = pack(tmp_path / "a.zip", members, zipfile.ZIP_DEFLATED)
    with pytest.raises(ArchiveTooLarge, match=says):
        list_members(archive, limits)


def test_a_member_over_the_limit_is_skipped_and_the_others_go_on(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", {"a.png": picture(), "b.bmp": bytes(3_000_000)})
    members = list_members(archive, Limits(member_bytes=2_000_000))
    assert [member.skip for member in members] == [
        None,
        "too large: 2.9 MiB, the limit is 1.9 MiB",
    ]
