"""A folder on the server becomes a job, below the allowed folders only."""

import dataclasses
from pathlib import Path

import pytest

from ml.errors import ArchiveError
from tests.webapp.made import drawn, everything
from webapp.errors import FolderRefused
from webapp.services import folders, review
from webapp.storage import Stores


@pytest.fixture
def allowed(stores: Stores, tmp_path: Path) -> Stores:
    root = tmp_path / "pictures"
    (root / "holiday" / "deep").mkdir(parents=True)
    (root / "empty").mkdir()
    (tmp_path / "outside").mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    for name, data in drawn(2).items():
        (root / "holiday" / "deep" / name).write_bytes(data)
    settings = dataclasses.replace(stores.settings, folder_roots=(str(root),))
    return dataclasses.replace(stores, settings=settings)


@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_folder_becomes_a_job_and_stays_as_it_is(
    allowed: Stores, tmp_path: Path, is_absolute: bool
) -> None:
    root = tmp_path / "pictures"
    before = sorted(root.rglob("*"))
    job = folders.sieve_folder(allowed, str(root / "holiday") if is_absolute else "holiday")
    assert job.name == "holiday.zip"
    paths = [picture.path for picture in review.list_pictures(allowed, job).pictures]
    assert paths == [f"deep/{name}" for name in sorted(drawn(2))]
    assert sorted(root.rglob("*")) == before
    assert list(allowed.files.uploads.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["..", "../outside", "/etc", "link", "nowhere", "holiday/../..", "a\0b", "x" * 5000]
)
def test_a_folder_outside_is_refused_and_leaves_no_trace(allowed: Stores, name: str) -> None:
    before = everything(allowed)
    with pytest.raises(FolderRefused, match=r"is no folder below|cannot be the name"):
        folders.sieve_folder(allowed, name)
    assert everything(allowed) == before


def test_an_empty_folder_is_refused_and_leaves_no_trace(allowed: Stores) -> None:
    before = everything(allowed)
    with pytest.raises(ArchiveError, match="There is no file"):
        folders.sieve_folder(allowed, "empty")
    assert everything(allowed) == before


def test_without_the_setting_no_folder_is_allowed(stores: Stores) -> None:
    with pytest.raises(FolderRefused, match="MONASIEVE_FOLDERS is empty"):
        folders.sieve_folder(stores, "/etc")
