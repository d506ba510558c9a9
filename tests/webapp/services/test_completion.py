"""An upload whose last byte is here becomes a job, whether its client waits for it or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.ml.archive.other_formats import pack_tar
from tests.webapp.made import drawn, recent_jobs
from tests.webapp.pages.tus import encode_metadata
from tests.webapp.pages.zips import zipped
from webapp.errors import NotFound, UploadBusy
from webapp.records import JobState
from webapp.services import completion, intake, resumable, uploads
from webapp.services.completion import finish_complete
from webapp.storage import Stores
from webapp.storage.locked_file import open_locked
from webapp.upload_records import ResumableUpload


def leave(stores: Stores, data: bytes, *, length: int | None = None, name: str = "a.zip") -> str:
    """An upload of which these bytes are here and whose client is gone. Returns its id."""
    metadata = encode_metadata(filename=name, confidence="0.7")
    length = len(data) if length is None else length
    created = resumable.create(stores, length=length, metadata=metadata)
    stores.files.resumable(created.id).write_bytes(data)
    return created.id


def test_a_complete_upload_becomes_its_job(stores: Stores) -> None:
    upload_id = leave(stores, zipped(drawn(2)).getvalue())
    finish_complete(stores)
    (job,) = recent_jobs(stores)
    assert (job.id, job.name, job.threshold, job.total) == (upload_id, "a.zip", 0.7, 2)
    assert resumable.find(stores, upload_id).job_id == upload_id, "its client may still ask"
    finish_complete(stores)
    assert len(recent_jobs(stores)) == 1


def test_what_has_not_arrived_as_a_whole_is_left_alone(stores: Stores) -> None:
    data = zipped(drawn(2)).getvalue()
    leave(stores, data, length=len(data) + 1)
    finish_complete(stores)
    assert recent_jobs(stores) == []
    assert len(resumable.list_unfinished(stores)) == 1


def test_an_upload_that_a_request_works_on_is_left_to_it(stores: Stores) -> None:
    upload_id = leave(stores, zipped(drawn(2)).getvalue())
    with open_locked(stores.files.resumable(upload_id)):
        finish_complete(stores)
        assert recent_jobs(stores) == []
    finish_complete(stores)
    assert [job.id for job in recent_jobs(stores)] == [upload_id]


def test_a_refused_upload_is_a_failed_job_with_the_reason(stores: Stores) -> None:
    leave(stores, b"hello", name="b\u202egpj.zip")
    leave(stores, zipped(drawn(2)).getvalue())
    finish_complete(stores)
    by_state = {job.state: job for job in recent_jobs(stores)}
    assert by_state.keys() == {JobState.FAILED, JobState.QUEUED}
    failed = by_state[JobState.FAILED]
    assert failed.name == "b\ufffdgpj.zip"
    assert "is neither an archive nor a picture" in (failed.error or "")
    assert resumable.list_unfinished(stores) == []
    assert list(stores.files.uploads.iterdir()) == []


def test_an_upload_without_a_turn_is_finished_later(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tar = pack_tar(tmp_path / "a.tar", drawn(2)).read_bytes()
    upload_id = leave(stores, tar, name="a.tar")
    with monkeypatch.context() as busy:
        busy.setattr(intake, "WAIT_SECONDS", 0.0)
        busy.setattr(intake, "_slots", type(intake._slots)(0))
        finish_complete(stores)
    assert recent_jobs(stores) == []
    finish_complete(stores)
    assert [job.id for job in recent_jobs(stores)] == [upload_id]


def test_an_upload_that_waits_for_days_does_not_expire(stores: Stores) -> None:
    data = zipped(drawn(2)).getvalue()
    whole, part = leave(stores, data), leave(stores, data, length=len(data) + 1)
    resumable.delete_expired(stores, datetime.now(UTC) + timedelta(days=3))
    assert [one.upload.id for one in resumable.list_unfinished(stores)] == [whole]
    with pytest.raises(NotFound):
        resumable.find(stores, part)
    finish_complete(stores)
    assert [job.id for job in recent_jobs(stores)] == [whole]


@pytest.mark.parametrize("error", [NotFound("no such character"), ZeroDivisionError("a bug")])
def test_an_upload_outlives_every_error_that_is_not_its_archives(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_arguments: object) -> None:
        raise error

    upload_id = leave(stores, zipped(drawn(2)).getvalue())
    with monkeypatch.context() as broken:
        broken.setattr(uploads, "choose_options", fail)
        finish_complete(stores)
    assert recent_jobs(stores) == []
    finish_complete(stores)
    assert [job.id for job in recent_jobs(stores)] == [upload_id]


def test_an_unforeseen_error_of_one_upload_stops_no_other(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = (leave(stores, zipped(drawn(2)).getvalue()) for _ in range(2))
    finish = resumable.finish

    def fail_on_bad(stores: Stores, upload: ResumableUpload) -> object:
        if upload.id == bad:
            raise ZeroDivisionError("oh")
        return finish(stores, upload)

    monkeypatch.setattr(resumable, "finish", fail_on_bad)
    finish_complete(stores)
    assert [job.id for job in recent_jobs(stores)] == [good]
    assert bad in caplog.text


def test_the_thread_outlives_an_error(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class EndOfTest(BaseException):
        """Ends the loop, which has no end."""

    looks = iter([UploadBusy("oh"), EndOfTest()])

    def fail(_stores: Stores) -> None:
        raise next(looks)

    monkeypatch.setattr(completion, "finish_complete", fail)
    monkeypatch.setattr(completion, "PAUSE_SECONDS", 0.0)
    with pytest.raises(EndOfTest):
        completion.keep_finishing(stores)
    assert "will be again" in caplog.text
