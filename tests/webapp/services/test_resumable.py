"""Resumable uploads below the protocol; `tests/webapp/pages/test_tus.py` has the rest."""

from __future__ import annotations

import base64
import os
import shutil
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ml.errors import StorageFull
from tests.webapp.made import drawn, full_disk, recent_jobs
from tests.webapp.pages.zips import zipped
from webapp.errors import NotFound, PreferenceRefused, UploadBusy
from webapp.services import recovery, resumable
from webapp.services.check import check_instance
from webapp.services.resumable import Choices, parse_metadata
from webapp.storage import Stores
from webapp.storage.files import Files
from webapp.storage.locked_file import open_locked


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def test_metadata_are_pairs_of_a_key_and_base64() -> None:
    name = base64.b64encode("Ferien ö.zip".encode()).decode()
    assert parse_metadata(f"filename {name}, empty") == {"filename": "Ferien ö.zip", "empty": ""}
    assert parse_metadata("") == {}
    with pytest.raises(PreferenceRefused, match="write a key, a space and a value"):
        parse_metadata("filename \xf6")
    with pytest.raises(PreferenceRefused, match="a percentage, such as 95 %"):
        Choices.parse(f"confidence {base64.b64encode(b'101').decode()}")


def test_unfinished_uploads_are_listed_until_they_become_jobs(stores: Stores) -> None:
    data = zipped(drawn(2)).getvalue()
    created = resumable.create(stores, length=len(data), metadata="")
    resumable.append(stores, created.id, offset=0, pieces=[data[:10], data[10:30]])
    (listed,) = resumable.list_unfinished(stores)
    assert (listed.upload, listed.offset) == (created, 30)
    arrived, job = resumable.append(stores, created.id, offset=30, pieces=[data[30:]])
    assert job
    assert (job.id, arrived.job_id) == (created.id, created.id)
    assert resumable.list_unfinished(stores) == []


def test_a_complete_upload_of_a_killed_process_becomes_a_job_by_an_empty_part(
    stores: Stores,
) -> None:
    data = zipped(drawn(2)).getvalue()
    created = resumable.create(stores, length=len(data), metadata="")
    stores.files.resumable(created.id).write_bytes(data)
    resumable.append(stores, created.id, offset=len(data), pieces=[])
    assert [job.id for job in recent_jobs(stores)] == [created.id]


@pytest.mark.parametrize("conversion", [False, True])
def test_an_upload_whose_process_died_before_its_job_was_committed_continues(
    stores: Stores, tmp_path: Path, conversion: bool
) -> None:
    data = zipped(drawn(2)).getvalue()
    created = resumable.create(stores, length=len(data), metadata="")
    file = stores.files.resumable(created.id)
    file.write_bytes(data)
    shutil.copy(file, tmp_path / "draft")
    stores.files.take_over(tmp_path / "draft" if conversion else file, created.id)
    with open_locked(file if conversion else stores.files.archive(created.id)):
        recovery.take_back_interrupted(stores)
        assert stores.files.archive(created.id).exists(), "it becomes a job right now"
        if not conversion:
            with pytest.raises(UploadBusy, match="becomes a job right now"):
                resumable.find(stores, created.id)

    recovery.take_back_interrupted(stores)
    (listed,) = resumable.list_unfinished(stores)
    assert listed.offset == len(data)
    resumable.append(stores, created.id, offset=len(data), pieces=[])
    recovery.take_back_interrupted(stores)
    assert stores.files.archive(created.id).read_bytes() == data
    assert list(check_instance(stores, repair=False)) == []


def test_an_upload_whose_job_finds_no_room_in_the_database_continues(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = zipped(drawn(2)).getvalue()
    created = resumable.create(stores, length=len(data), metadata="")
    take_over = Files.take_over

    with ExitStack() as full, monkeypatch.context() as patch:

        def take_over_and_fill(files: Files, upload: Path, job_id: str) -> None:
            take_over(files, upload, job_id)
            full.enter_context(full_disk())  # the rows are not committed yet

        patch.setattr(Files, "take_over", take_over_and_fill)
        with pytest.raises(StorageFull, match="full or failing"):
            resumable.append(stores, created.id, offset=0, pieces=[data])
    resumable.append(stores, created.id, offset=len(data), pieces=[])
    assert stores.files.archive(created.id).read_bytes() == data
    assert list(check_instance(stores, repair=False)) == []


def test_a_file_without_a_row_is_deleted_and_one_that_grows_is_not(stores: Stores) -> None:
    stray = stores.files.resumable("s" * 16)
    stray.write_bytes(b"x")
    created = resumable.create(stores, length=10, metadata="")
    file = stores.files.resumable(created.id)
    os.utime(file, (0, 0))
    with open_locked(file):
        resumable.delete_expired(stores, datetime.now(UTC))
        with pytest.raises(UploadBusy):
            resumable.cancel(stores, created.id)
    assert not stray.exists()
    assert file.exists(), "a request writes to it"


def test_the_row_of_a_finished_upload_is_deleted_a_day_later(stores: Stores) -> None:
    data = zipped(drawn(2)).getvalue()
    created = resumable.create(stores, length=len(data), metadata="")
    resumable.append(stores, created.id, offset=0, pieces=[data])
    resumable.delete_expired(stores, in_days(0.9))
    assert resumable.find(stores, created.id).job_id == created.id
    resumable.delete_expired(stores, in_days(1.1))
    with pytest.raises(NotFound, match="expired"):
        resumable.find(stores, created.id)
    assert len(recent_jobs(stores)) == 1
