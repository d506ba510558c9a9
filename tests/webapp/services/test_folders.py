"""A folder on the server becomes a job, below the allowed folders only."""

import dataclasses
import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ml.errors import ArchiveError
from ml.scoring.piles import Pile
from ml.sieve.executor import LocalExecutor
from tests.webapp.made import add_opposite, drawn, everything, queued, recent_jobs, worked_off
from webapp.errors import FolderRefused, PreferenceRefused
from webapp.records import JobState
from webapp.runner.copier import Copier
from webapp.services import (
    copies,
    deletion,
    downloads,
    folders,
    jobs,
    pictures,
    review,
    scores,
    trash,
)
from webapp.services.check import check_instance
from webapp.services.retention import apply_retention
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
    assert job.name == "holiday"
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


def test_a_blank_name_is_not_the_first_allowed_folder(allowed: Stores) -> None:
    with pytest.raises(FolderRefused, match="Name a folder, such as"):
        folders.sieve_folder(allowed, "  ")


def test_without_the_setting_no_folder_is_allowed(stores: Stores) -> None:
    with pytest.raises(FolderRefused, match="MONASIEVE_FOLDERS is empty"):
        folders.sieve_folder(stores, "/etc")


def test_the_given_character_and_confidence_replace_the_preferences(allowed: Stores) -> None:
    job = folders.sieve_folder(allowed, "holiday", target="red_circle", confidence=0.7)
    assert (job.target, job.confidence) == ("red_circle", 0.7)
    with pytest.raises(PreferenceRefused):
        folders.sieve_folder(allowed, "holiday", confidence=7.0)


def test_a_folder_is_sieved_and_downloaded_without_a_copy(
    allowed: Stores, tmp_path: Path, executor: LocalExecutor
) -> None:
    job = worked_off(allowed, executor, folders.sieve_folder(allowed, "holiday"))
    assert (job.state, job.done) == (JobState.SUCCEEDED, 2)
    kept = review.list_pictures(allowed, job, Pile.KEPT).pictures
    export = downloads.export_piles(allowed, job, [Pile.KEPT])
    with zipfile.ZipFile(io.BytesIO(b"".join(export.chunks))) as zf:
        assert zf.namelist() == [picture.path for picture in kept] == ["deep/circle-000.png"]
        assert zf.read(kept[0].path) == drawn(1)["circle-000.png"]
    data, mime_type = pictures.read_original(allowed, job, kept[0].number)
    assert (data, mime_type) == (drawn(1)["circle-000.png"], "image/png")
    assert folders.find_source(allowed, job) == tmp_path / "pictures" / "holiday"
    stored = {path.name for path in allowed.files.job(job.id).iterdir()}
    assert stored == {"archive.folder", "embeddings.f16", "thumbnails"}


def test_another_character_is_looked_for_in_the_same_folder(
    allowed: Stores, tmp_path: Path, executor: LocalExecutor
) -> None:
    job = worked_off(allowed, executor, folders.sieve_folder(allowed, "holiday"))
    again = worked_off(allowed, executor, jobs.resume(allowed, job.id))
    assert (again.state, again.done) == (JobState.SUCCEEDED, 2)
    (tmp_path / "pictures" / "holiday").rename(tmp_path / "pictures" / "moved")
    scores.show_target(allowed, job.id, add_opposite(allowed))  # from the stored embeddings
    assert jobs.get(allowed, job.id).target == "opposite"


def test_a_changed_picture_is_unreadable_and_the_others_are_scored(
    allowed: Stores, tmp_path: Path, executor: LocalExecutor
) -> None:
    job = folders.sieve_folder(allowed, "holiday")
    (tmp_path / "pictures" / "holiday" / "deep" / "circle-000.png").write_bytes(b"another")
    job = worked_off(allowed, executor, job)
    (unreadable,) = review.list_pictures(allowed, job, Pile.UNREADABLE).pictures
    assert unreadable.path == "deep/circle-000.png"
    assert "changed since its folder was listed" in (unreadable.reason or "")
    assert job.state is JobState.SUCCEEDED


def test_a_folder_is_sieved_again_as_it_is_now(
    allowed: Stores, tmp_path: Path, executor: LocalExecutor
) -> None:
    folder = tmp_path / "pictures" / "holiday"
    old = folders.sieve_folder(allowed, "holiday", confidence=0.7)
    old = worked_off(allowed, executor, old)
    (folder / "deep" / "other-001.png").unlink()
    (folder / "new.png").write_bytes(drawn(3)["circle-002.png"])
    new = folders.sieve_again(allowed, old.id)
    assert (new.target, new.threshold, new.name) == (old.target, 0.7, old.name)
    listed = [
        [picture.path for picture in review.list_pictures(allowed, job).pictures]
        for job in (old, new)
    ]
    assert listed == [
        ["deep/circle-000.png", "deep/other-001.png"],
        ["new.png", "deep/circle-000.png"],
    ]
    folder.rename(tmp_path / "pictures" / "moved")
    with pytest.raises(FolderRefused, match="is no folder below"):
        folders.sieve_again(allowed, old.id)


def test_an_uploaded_archive_has_no_folder_to_look_into_again(allowed: Stores) -> None:
    with pytest.raises(FolderRefused, match="was uploaded: there is no folder"):
        folders.sieve_again(allowed, queued(allowed, drawn(1)).id)


def test_a_folder_that_is_no_longer_allowed_is_not_looked_into_again(allowed: Stores) -> None:
    job = folders.sieve_folder(allowed, "holiday")
    settings = dataclasses.replace(allowed.settings, folder_roots=())
    with pytest.raises(FolderRefused, match="not allowed"):
        folders.sieve_again(dataclasses.replace(allowed, settings=settings), job.id)


def test_a_job_of_a_lost_folder_fails_and_continues_when_it_is_back(
    allowed: Stores, tmp_path: Path, executor: LocalExecutor
) -> None:
    job = folders.sieve_folder(allowed, "holiday")
    folder = tmp_path / "pictures" / "holiday"
    folder.rename(tmp_path / "unmounted")
    failed = worked_off(allowed, executor, job)
    assert failed.state is JobState.FAILED
    assert f"The folder {folder} is gone" in (failed.error or "")
    (tmp_path / "unmounted").rename(folder)
    assert worked_off(allowed, executor, jobs.resume(allowed, job.id)).done == 2
    assert review.count_piles(allowed, job)[Pile.SKIPPED] == 0


def test_deleting_a_job_in_any_way_touches_no_file_of_the_folder(
    allowed: Stores, tmp_path: Path
) -> None:
    """By the user for good, by an emptied trash, by retention, by a repair."""
    root = tmp_path / "pictures"
    before = {path: path.stat() for path in root.rglob("*")}
    made = [folders.sieve_folder(allowed, "holiday") for _ in range(4)]
    deletion.delete(allowed, made[0].id)
    trash.discard(allowed, made[1].id)
    assert trash.empty(allowed) == 1
    jobs.cancel(allowed, made[2].id)
    apply_retention(allowed, now=datetime.now(UTC) + timedelta(days=99))
    with allowed.writing() as tables:
        tables.jobs.remove(made[3].id)
    (finding,) = check_instance(allowed, repair=True)
    assert finding.is_repaired
    (recovered,) = recent_jobs(allowed)
    assert (recovered.name, recovered.total) == ("holiday", 2)
    deletion.delete(allowed, recovered.id)
    assert list(allowed.files.jobs.iterdir()) == []
    # Times of access aside, and the link count, which a hard link would change.
    after = {path: path.stat() for path in root.rglob("*")}
    assert after.keys() == before.keys()
    for path, status in after.items():
        assert (status.st_size, status.st_mtime_ns, status.st_nlink) == (
            before[path].st_size,
            before[path].st_mtime_ns,
            before[path].st_nlink,
        )


def test_kept_pictures_of_a_folder_are_hard_links_in_the_storage_folder(
    allowed: Stores, tmp_path: Path, executor: LocalExecutor
) -> None:
    deep = tmp_path / "pictures" / "holiday" / "deep"
    (deep / "circle-002.png").write_bytes(drawn(3)["circle-002.png"])
    job = worked_off(allowed, executor, folders.sieve_folder(allowed, "holiday"))
    (deep / "circle-002.png").unlink()
    copies.request_copy(allowed, job.id, "")
    copier = Copier(allowed)
    copier.sync()
    while copier.is_busy:
        copier.step()
    (copy,) = allowed.files.storage_root.rglob("*.png")
    assert copy.samefile(deep / "circle-000.png")
    note = jobs.get(allowed, job.id).note or ""
    assert note.startswith("1 kept pictures were copied")
    assert "Not copied: “deep/circle-002.png” (no longer in its folder)." in note
