"""What is thrown away without being asked, and what never is."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.webapp.made import drawn, queued, recent_jobs
from webapp.records import Job, Preferences
from webapp.services import deletion, jobs, preferences, resumable, retention
from webapp.storage import Stores

DeleteIf = Callable[[Stores, str, Callable[[Job], bool]], bool]


def later(**passed: float) -> datetime:
    return datetime.now(UTC) + timedelta(**passed)


def test_a_finished_job_is_deleted_after_its_term(stores: Stores, finished_job: Job) -> None:
    unfinished = queued(stores, drawn(1))
    retention.apply_retention(stores, now=later(days=29))
    assert jobs.get(stores, finished_job.id)
    retention.apply_retention(stores, now=later(days=31))
    assert [job.id for job in recent_jobs(stores)] == [unfinished.id]
    assert not stores.files.job(finished_job.id).exists()


def test_zero_days_keep_a_job_for_ever(stores: Stores, finished_job: Job) -> None:
    preferences.save(stores, Preferences(target="red_circle", retention_days=0))
    retention.apply_retention(stores, now=later(days=10_000))
    assert jobs.get(stores, finished_job.id)


def test_rubbish_is_swept_and_nothing_else(stores: Stores, finished_job: Job) -> None:
    stale, fresh = stores.files.uploads / "ended.x", stores.files.new_upload()
    for upload in (stale, fresh):
        upload.write_bytes(b"half an upload")
    nobodys, young = stores.files.job("n" * 16), stores.files.job("y" * 16)
    half_removed = stores.files.jobs / f"{'d' * 16}.deleted"
    for folder in (nobodys, young, half_removed):
        folder.mkdir()
        (folder / "embeddings.f16").write_bytes(b"x")
    long_ago = datetime.now(UTC).timestamp() - 2 * retention.STALE_SECONDS
    for old in (fresh, nobodys, stores.files.job(finished_job.id)):
        os.utime(old, (long_ago, long_ago))
    retention.clean_up(stores)
    retention.apply_retention(stores)
    assert list(stores.files.uploads.iterdir()) == [fresh]
    remaining = {folder.name for folder in stores.files.jobs.iterdir()}
    assert remaining == {young.name, finished_job.id}


def test_an_archive_that_no_row_names_stays_and_is_told_of(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    job = queued(stores, drawn(2))
    with stores.writing() as tables:  # as after the database was lost, or an older one put back
        tables.jobs.remove(job.id)
    long_ago = datetime.now(UTC).timestamp() - 2 * retention.STALE_SECONDS
    os.utime(stores.files.job(job.id), (long_ago, long_ago))
    retention.apply_retention(stores)
    assert stores.files.archive(job.id).is_file()
    assert str(stores.files.archive(job.id)) in caplog.text


def test_resumable_uploads_are_deleted_a_day_after_their_last_byte(stores: Stores) -> None:
    created = resumable.create(stores, length=10, metadata="")
    resumable.append(stores, created.id, offset=0, pieces=[b"half"])
    retention.apply_retention(stores, now=later(days=0.9))
    assert resumable.find(stores, created.id).offset == 4
    retention.apply_retention(stores, now=later(days=1.1))
    assert list(stores.files.uploads.iterdir()) == []
    assert resumable.list_unfinished(stores) == []


def test_a_folder_among_the_uploads_is_left_alone(stores: Stores) -> None:
    stray = stores.files.uploads / "x.y"
    stray.mkdir()
    long_ago = datetime.now(UTC).timestamp() - 2 * retention.STALE_SECONDS
    os.utime(stray, (long_ago, long_ago))
    retention.clean_up(stores)
    assert stray.is_dir()


def test_one_deletion_that_fails_does_not_stop_the_others(
    stores: Stores,
    finished_job: Job,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stale = stores.files.resumable("s" * 16)
    stale.write_bytes(b"half an upload")

    def fail(*_: object, **__: object) -> bool:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(deletion, "delete_if", fail)
    retention.apply_retention(stores, now=later(days=31))
    assert not stale.exists()
    assert "will be tried again" in caplog.text


def first(meanwhile: Callable[[Stores, str], object], *, then: DeleteIf) -> DeleteIf:
    """Do something with the job between its listing and its deletion."""

    def delete_if(stores: Stores, job_id: str, is_due: Callable[[Job], bool]) -> bool:
        meanwhile(stores, job_id)
        return then(stores, job_id, is_due)

    return delete_if


def test_a_job_that_was_queued_again_meanwhile_is_not_deleted(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "delete_if", first(jobs.resume, then=deletion.delete_if))
    retention.apply_retention(stores, now=later(days=31))
    assert jobs.get(stores, finished_job.id)
    assert stores.files.archive(finished_job.id).is_file()


def test_a_job_that_the_user_deleted_meanwhile_is_no_error(
    stores: Stores,
    finished_job: Job,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(deletion, "delete_if", first(deletion.delete, then=deletion.delete_if))
    with caplog.at_level(logging.ERROR):
        retention.apply_retention(stores, now=later(days=31))
    assert recent_jobs(stores) == []
    assert caplog.records == []
