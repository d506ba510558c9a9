"""Jobs, downloads, preferences, targets, housekeeping."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import json
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ml.archive import Limits, OpenArchive
from ml.decode import FORMATS, SHOWN_BY_BROWSERS
from ml.errors import ArchiveError, ArtifactError
from ml.pool import ShardPool
from ml.report import COLUMNS
from ml.verdicts import Pile, Verdict
from tests.red_circle.drawing import draw, encoded
from tests.webapp.made import drawn, many, queued, worked_off
from webapp.errors import (
    FolderRefused,
    IllegalTransition,
    NotFound,
    PreferenceRefused,
    StorageFull,
)
from webapp.records import Job, JobState, Preferences
from webapp.services import (
    archives,
    downloads,
    housekeeping,
    jobs,
    preferences,
    review,
    sieve,
    targets,
)
from webapp.storage import Stores


def waiting(stores: Stores) -> Job:
    preferences.save(stores, Preferences(target="red_circle", start_at_once=False))
    return queued(stores, drawn(2))


def test_a_job_waits_for_its_start_where_the_user_wants_that(stores: Stores) -> None:
    job = waiting(stores)
    assert sieve.take_up(stores) == []
    assert jobs.start(stores, job).state is JobState.QUEUED
    assert len(sieve.take_up(stores)) == 1


def test_a_job_starts_once(stores: Stores) -> None:
    job = waiting(stores)
    jobs.start(stores, job)
    with pytest.raises(IllegalTransition, match="no longer waits for its start"):
        jobs.start(stores, job)


def test_a_cancelled_job_does_not_start_again_by_start(stores: Stores) -> None:
    job = waiting(stores)
    jobs.cancel(stores, job)
    with pytest.raises(IllegalTransition):
        jobs.start(stores, job)
    with pytest.raises(IllegalTransition, match="is over: there is nothing left to cancel"):
        jobs.cancel(stores, job)


def test_the_last_jobs_come_first(stores: Stores) -> None:
    made = [queued(stores, drawn(1), f"{n}.zip").name for n in range(4)]
    assert [job.name for job in jobs.recent(stores, 3)] == made[:0:-1]


def test_a_job_of_nobody_here_is_not_found(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    with stores.writing() as tables:
        tables.jobs.save(dataclasses.replace(job, user_id=2))
    with pytest.raises(NotFound, match="no job"):
        jobs.get(stores, job.id)
    with pytest.raises(NotFound):
        jobs.delete(stores, job)
    assert stores.files.archive(job.id).is_file()


def test_what_cannot_be_an_id_is_not_found(stores: Stores) -> None:
    with pytest.raises(NotFound):
        jobs.get(stores, "../../etc/passwd")


def test_progress_tells_the_time_that_is_left(stores: Stores) -> None:
    job = queued(stores, {**drawn(10), "a.txt": b"x"})
    assert jobs.progress(stores, job).seconds_left is None
    sieve.take_up(stores)
    sieve.report_rates(stores, {job.id: 4.0})
    progress = jobs.progress(stores, job)
    assert (progress.done, progress.total, progress.kept) == (1, 11, 0)
    assert (progress.pictures_per_second, progress.seconds_left) == (4.0, 2.5)
    assert not progress.finished


def test_progress_of_a_finished_job_says_so(stores: Stores, finished_job: Job) -> None:
    progress = jobs.progress(stores, finished_job)
    assert progress.finished
    assert (progress.done, progress.seconds_left) == (26, None)
    assert progress.kept == review.counts(stores, finished_job)[Pile.KEPT]


def test_progress_says_when_the_disk_holds_it_up(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(stores, drawn(2))
    assert jobs.progress(stores, job).obstacle is None
    sieve.take_up(stores)
    sieve.report_rates(stores, {job.id: 4.0})
    monkeypatch.setattr(jobs, "LEAST_FREE_BYTES", 2**62)
    held = jobs.progress(stores, job)
    assert (held.pictures_per_second, held.seconds_left) == (None, None)
    assert f"disk that holds {stores.files.root} is full" in (held.obstacle or "")
    jobs.cancel(stores, job)
    assert jobs.progress(stores, job).obstacle is None


def test_deleting_on_a_full_disk_makes_room_first_and_may_be_repeated(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise StorageFull("no room")

    with monkeypatch.context() as patch:
        patch.setattr(stores.database, "writing", full)
        with pytest.raises(StorageFull):
            jobs.delete(stores, finished_job)
    assert list(stores.files.jobs.iterdir()) == []
    with pytest.raises(ArchiveError, match="is gone"):
        downloads.export(stores, jobs.get(stores, finished_job.id), Pile.KEPT)
    jobs.delete(stores, finished_job)
    assert jobs.recent(stores) == []


def test_a_summary_before_the_end_has_no_duration(stores: Stores) -> None:
    summary = jobs.summary(stores, queued(stores, drawn(1)))
    assert (summary.seconds, summary.average_seconds, summary.most_common_seconds) == (None,) * 3


def test_a_job_without_its_archive_is_not_scored_again(stores: Stores, finished_job: Job) -> None:
    stores.files.archive(finished_job.id).unlink()
    with pytest.raises(ArchiveError, match="upload it again"):
        jobs.rescore(stores, finished_job)


def test_a_job_that_is_not_over_is_not_scored_again(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    with pytest.raises(IllegalTransition, match="not over yet: it is queued"):
        jobs.rescore(stores, job)


def test_kept_pictures_come_as_a_zip_of_exact_length(stores: Stores, finished_job: Job) -> None:
    export = downloads.export(stores, finished_job, Pile.KEPT)
    data = b"".join(export.chunks)
    assert len(data) == export.length
    kept = review.pictures(stores, finished_job, Pile.KEPT).pictures
    with zipfile.ZipFile(io.BytesIO(data)) as zf:
        assert zf.namelist() == [p.path for p in kept]
        assert zf.read(kept[0].path) == drawn(24)[kept[0].path]


def test_a_download_follows_the_users_word(stores: Stores, finished_job: Job) -> None:
    review.set_verdict(stores, finished_job, 0, Verdict.IS_NOT)
    data = b"".join(downloads.export(stores, finished_job, Pile.REJECTED).chunks)
    assert "circle-000.png" in zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_a_download_without_its_archive_is_refused(stores: Stores, finished_job: Job) -> None:
    stores.files.archive(finished_job.id).unlink()
    with pytest.raises(ArchiveError, match="is gone"):
        downloads.export(stores, finished_job, Pile.KEPT)


def test_the_report_has_every_member_in_both_forms(stores: Stores, finished_job: Job) -> None:
    table = list(csv.DictReader(io.StringIO("".join(downloads.report_csv(stores, finished_job)))))
    array = json.loads("".join(downloads.report_json(stores, finished_job)))
    assert tuple(table[0]) == COLUMNS
    assert [row["path"] for row in table] == [row["path"] for row in array]
    assert len(table) == finished_job.total
    skipped = next(row for row in array if row["path"] == "notes.txt")
    assert (skipped["pile"], skipped["reason"]) == ("skipped", "not a picture")


def test_a_long_report_is_read_page_by_page(stores: Stores) -> None:
    job = jobs.cancel(stores, queued(stores, many(2500)))
    assert len(json.loads("".join(downloads.report_json(stores, job)))) == 2500


def test_a_picture_opens_in_its_own_bytes(stores: Stores, finished_job: Job) -> None:
    data, kind = downloads.original(stores, finished_job, 0)
    assert (data, kind) == (drawn(1)["circle-000.png"], "image/png")


def open_archives(stores: Stores) -> list[str]:
    """Files below the jobs' folder that this process holds open."""
    links = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            links.append(str(link.readlink()))
    return [link for link in links if link.startswith(str(stores.files.jobs))]


def test_an_archive_stays_open_from_one_picture_to_the_next(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    class Counted(OpenArchive):
        def __init__(self, archive: Path, limits: Limits) -> None:
            opened.append(archive)
            super().__init__(archive, limits)

    monkeypatch.setattr(archives, "OpenArchive", Counted)
    with ThreadPoolExecutor(8) as threads:
        found = list(
            threads.map(lambda number: downloads.original(stores, finished_job, number), range(24))
        )
    assert [data for data, _ in found] == list(drawn(24).values())
    assert len(opened) == 1
    archive = stores.files.archive(finished_job.id)
    os.utime(archive, (0, 0))  # another file took its place
    downloads.original(stores, finished_job, 0)
    assert len(opened) == 2


def test_few_archives_are_open_and_none_that_is_deleted(stores: Stores, pool: ShardPool) -> None:
    made = [worked_off(stores, pool, queued(stores, drawn(1))) for _ in range(3)]
    for job in made:
        downloads.original(stores, job, 0)
    assert len(open_archives(stores)) == 2
    jobs.delete(stores, made[-1])
    assert open_archives(stores) == []


def test_a_picture_that_no_browser_shows_opens_as_a_jpeg(stores: Stores, pool: ShardPool) -> None:
    tiff = encoded(draw(1, red_circle=True), "TIFF")
    job = worked_off(stores, pool, queued(stores, {"a.tiff": tiff}))
    file, kind = downloads.original(stores, job, 0)
    assert isinstance(file, Path)
    assert (file.read_bytes()[:3], kind) == (b"\xff\xd8\xff", "image/jpeg")


@pytest.mark.parametrize("kind", FORMATS)
def test_what_browsers_show_is_said_alike_by_worker_and_web(kind: str) -> None:
    data = encoded(draw(1, red_circle=True), kind)
    assert downloads.shown_as(data) == SHOWN_BY_BROWSERS.get(kind)


def test_what_is_no_picture_does_not_open(stores: Stores, finished_job: Job) -> None:
    for number in (24, 25):  # a text, and a text that calls itself a picture
        with pytest.raises(NotFound, match="No browser shows"):
            downloads.original(stores, finished_job, number)
    assert downloads.thumbnail(stores, finished_job, 25) is None


@pytest.mark.parametrize("number", [-1, 10**400])
def test_a_thumbnail_of_no_picture_is_not_found(
    stores: Stores, finished_job: Job, number: int
) -> None:
    with pytest.raises(NotFound, match="No archive has a picture"):
        downloads.thumbnail(stores, finished_job, number)


def test_preferences_last(stores: Stores) -> None:
    assert preferences.get(stores).target == "red_circle"
    for days in (0, 7):
        chosen = Preferences(0.5, "red_circle", True, "a/b", False, days)
        preferences.save(stores, chosen)
        assert preferences.get(stores) == chosen
    assert (stores.files.storage_root / "a" / "b").is_dir()


@pytest.mark.parametrize(
    ("chosen", "error"),
    [
        (Preferences(confidence=1.01, target="red_circle"), PreferenceRefused),
        (Preferences(confidence=float("nan"), target="red_circle"), PreferenceRefused),
        (Preferences(keep_days=-1, target="red_circle"), PreferenceRefused),
        (Preferences(keep_days=3_651, target="red_circle"), PreferenceRefused),
        (Preferences(target="nobody"), NotFound),
        (Preferences(target="../red_circle"), NotFound),
        (Preferences(target="red_circle", copy_folder="/etc"), FolderRefused),
        (Preferences(target="red_circle", copy_kept=True, copy_folder="../x"), FolderRefused),
    ],
)
def test_a_preference_that_cannot_be_is_refused(
    stores: Stores, chosen: Preferences, error: type[Exception]
) -> None:
    before = preferences.get(stores)
    with pytest.raises(error):
        preferences.save(stores, chosen)
    assert preferences.get(stores) == before


def test_a_storage_folder_that_cannot_be_made_is_refused(stores: Stores) -> None:
    (stores.files.storage_root / "file").write_text("")
    chosen = Preferences(target="red_circle", copy_kept=True, copy_folder="file/x")
    with pytest.raises(FolderRefused, match="cannot be made"):
        preferences.save(stores, chosen)


def test_targets_are_listed_and_damaged_ones_left_out(stores: Stores) -> None:
    assert "red_circle" in [card.name for card in targets.available(stores)]
    damaged = stores.files.targets / "damaged"
    damaged.mkdir()
    (damaged / "head.npz").write_bytes(b"")
    assert "damaged" not in [card.name for card in targets.available(stores)]
    with pytest.raises(ArtifactError, match="damaged"):
        targets.get(stores, "damaged")


def later(**passed: float) -> datetime:
    return datetime.now(UTC) + timedelta(**passed)


def test_a_finished_job_is_deleted_after_its_term(stores: Stores, finished_job: Job) -> None:
    unfinished = queued(stores, drawn(1))
    housekeeping.sweep(stores, now=later(days=29))
    assert jobs.get(stores, finished_job.id)
    housekeeping.sweep(stores, now=later(days=31))
    assert [job.id for job in jobs.recent(stores)] == [unfinished.id]
    assert not stores.files.job(finished_job.id).exists()


def test_zero_days_keep_a_job_for_ever(stores: Stores, finished_job: Job) -> None:
    preferences.save(stores, Preferences(target="red_circle", keep_days=0))
    housekeeping.sweep(stores, now=later(days=10_000))
    assert jobs.get(stores, finished_job.id)


def test_rubbish_is_swept_and_nothing_else(stores: Stores, finished_job: Job) -> None:
    stale, fresh = stores.files.new_upload(), stores.files.new_upload()
    for upload in (stale, fresh):
        upload.write_bytes(b"half an upload")
    nobodys, young = stores.files.job("n" * 16), stores.files.job("y" * 16)
    half_removed = stores.files.jobs / f"{'d' * 16}.deleted"
    for folder in (nobodys, young, half_removed):
        folder.mkdir()
        (folder / "embeddings.f16").write_bytes(b"x")
    long_ago = datetime.now(UTC).timestamp() - 2 * housekeeping.STALE_SECONDS
    for old in (stale, nobodys, stores.files.job(finished_job.id)):
        os.utime(old, (long_ago, long_ago))
    housekeeping.sweep(stores)
    assert list(stores.files.uploads.iterdir()) == [fresh]
    remaining = {folder.name for folder in stores.files.jobs.iterdir()}
    assert remaining == {young.name, finished_job.id}


def test_an_archive_that_no_row_names_stays_and_is_told_of(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    job = queued(stores, drawn(2))
    with stores.writing() as tables:  # as after the database was lost, or an older one put back
        tables.jobs.remove(job.id)
    long_ago = datetime.now(UTC).timestamp() - 2 * housekeeping.STALE_SECONDS
    os.utime(stores.files.job(job.id), (long_ago, long_ago))
    housekeeping.sweep(stores)
    assert stores.files.archive(job.id).is_file()
    assert str(stores.files.archive(job.id)) in caplog.text
