"""The folder of copies as a plan sees it: listed once, and as it is on the disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from webapp.storage import copies
from webapp.storage.copies import CopyFolder, ListedCopyFolder

DATA = b"a picture"
SHA256 = hashlib.sha256(DATA).hexdigest()
OTHER = b"something"
"""Of the same size."""


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A job's folder with copies, files of somebody else, a link and a folder in the way."""
    folder = CopyFolder(tmp_path, "crawl.zip", "0123456789").path
    (folder / "art").mkdir(parents=True)
    (folder / "taken.png").mkdir()
    for name, data in {
        "there.png": DATA, "other.png": OTHER, "art/a_.png": OTHER, "art/a_ (2).png": DATA,
        "short.png": b"", "shelf": OTHER,
    }.items():  # fmt: skip
        (folder / name).write_bytes(data)
    (folder / "link.png").symlink_to(folder / "there.png")
    return folder


@pytest.mark.parametrize(
    ("member", "name", "is_there"),
    [
        ("there.png", "there.png", True),
        ("other.png", "other (2).png", False),
        ("short.png", "short (2).png", False),
        ("art/a?.png", "art/a_ (2).png", True),
        ("taken.png", "taken (2).png", False),
        ("link.png", "link (2).png", False),
        ("shelf/x.png", "shelf (2)/x.png", False),
        ("new/x.png", "new/x.png", False),
        ("../../x\n.png", "x_.png", False),
    ],
)
def test_a_plan_finds_the_place_that_copying_finds(
    filled: Path, member: str, name: str, is_there: bool
) -> None:
    for folder in (
        CopyFolder(filled.parent, "crawl.zip", "0123456789"),
        ListedCopyFolder(filled.parent, "crawl.zip", "0123456789", {}),
    ):
        assert folder.find_place(member, len(DATA), SHA256) == (filled / name, is_there)


def test_a_plan_reads_no_file_that_the_journal_knows(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {str(filled / "there.png"): SHA256, str(filled / "short.png"): SHA256}
    plan = ListedCopyFolder(filled.parent, "crawl.zip", "0123456789", known)
    monkeypatch.setattr(copies, "has_content", pytest.fail)
    assert plan.find_place("there.png", len(DATA), SHA256)[1]
    assert not plan.find_place("short.png", len(DATA), SHA256)[1]


def test_a_plan_reads_a_file_of_another_content_in_the_journal(filled: Path) -> None:
    known = {str(filled / "there.png"): "0" * 64}
    plan = ListedCopyFolder(filled.parent, "crawl.zip", "0123456789", known)
    assert plan.find_place("there.png", len(DATA), SHA256)[1]


def test_a_file_that_is_gone_after_the_listing_is_no_copy(filled: Path) -> None:
    plan = ListedCopyFolder(filled.parent, "crawl.zip", "0123456789", {})
    assert plan.find_place("other.png", len(DATA), SHA256)[0].name == "other (2).png"
    (filled / "there.png").unlink()
    assert not plan.find_place("there.png", len(DATA), SHA256)[1]
