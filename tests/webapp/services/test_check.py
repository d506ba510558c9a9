"""`monasieve check` finds what is wrong in a data folder, and repairs what can be."""

from __future__ import annotations

import dataclasses
import errno
import os

import pytest
from sqlalchemy import delete, update

from ml.scoring.piles import Outcome
from tests.webapp.made import drawn, everything, full_disk, queued, recent_jobs
from webapp.errors import ConfigError
from webapp.records import Job, JobState
from webapp.services import trash
from webapp.services.check import check_instance
from webapp.storage import Stores
from webapp.storage.tables import pictures, scores


def find(stores: Stores, *, repair: bool = False) -> list[tuple[str, bool]]:
    return [(f.sentence, f.is_repaired) for f in check_instance(stores, repair=repair)]


def test_a_whole_instance_has_no_findings(stores: Stores, finished_job: Job) -> None:
    trash.discard(stores, queued(stores, drawn(2)).id)
    queued(stores, drawn(1))
    assert find(stores) == []


def test_an_archive_without_a_row_becomes_a_job_again(stores: Stores) -> None:
    job = queued(stores, drawn(3))
    content = stores.files.archive(job.id).read_bytes()
    with stores.writing() as tables:
        tables.jobs.remove(job.id)
    ((sentence, is_repaired),) = find(stores)
    assert ("belongs to no job" in sentence, is_repaired) == (True, False)
    ((_, is_repaired),) = find(stores, repair=True)
    assert is_repaired
    (recovered,) = recent_jobs(stores)
    assert (recovered.state, recovered.total) == (JobState.WAITING, 3)
    assert stores.files.archive(recovered.id).read_bytes() == content
    assert find(stores) == []


def test_an_archive_that_cannot_become_a_job_stays(stores: Stores) -> None:
    archive = stores.files.archive("n" * 16)
    archive.parent.mkdir()
    archive.write_bytes(b"no zip")
    ((sentence, is_repaired),) = find(stores, repair=True)
    assert ("cannot become one" in sentence, is_repaired) == (True, False)
    assert archive.read_bytes() == b"no zip"


@pytest.fixture
def no_hard_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links are refused, as exFAT does."""

    def refuse(*_names: object, **_options: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("no_hard_links")
def test_an_archive_becomes_a_job_again_on_a_file_system_without_hard_links(
    stores: Stores,
) -> None:
    job = queued(stores, drawn(3))
    content = stores.files.archive(job.id).read_bytes()
    with stores.writing() as tables:
        tables.jobs.remove(job.id)
    assert [is_repaired for _, is_repaired in find(stores, repair=True)] == [True]
    (recovered,) = recent_jobs(stores)
    assert stores.files.archive(recovered.id).read_bytes() == content
    assert find(stores) == []


@pytest.mark.usefixtures("no_hard_links")
def test_an_archive_that_has_no_room_for_a_copy_stays(stores: Stores) -> None:
    job = queued(stores, drawn(3))
    with stores.writing() as tables:
        tables.jobs.remove(job.id)
    before = everything(stores)
    with full_disk():
        ((sentence, is_repaired),) = find(stores, repair=True)
    assert ("cannot become one" in sentence, is_repaired) == (True, False)
    assert everything(stores) == before


def test_rubbish_is_removed(stores: Stores, finished_job: Job) -> None:
    half = stores.files.jobs / f"{'d' * 16}.deleted"
    empty = stores.files.job("e" * 16)
    for folder in (half, empty):
        folder.mkdir()
    upload = stores.files.uploads / "nobody.half"
    upload.write_bytes(b"half")
    doomed = queued(stores, drawn(1))
    with stores.writing() as tables:
        tables.jobs.save(doomed.to(JobState.DELETING))
    assert [is_repaired for _, is_repaired in find(stores)] == [False] * 4
    assert half.exists()
    assert [is_repaired for _, is_repaired in find(stores, repair=True)] == [True] * 4
    assert [path for path in (half, empty, upload) if path.exists()] == []
    assert find(stores) == []
    assert [job.id for job in recent_jobs(stores)] == [finished_job.id]


def test_counts_that_are_wrong_are_repaired(stores: Stores, finished_job: Job) -> None:
    with stores.database.writing() as connection:
        first = (pictures.c.job_id == finished_job.id) & (pictures.c.number == 0)
        connection.execute(update(pictures).where(first).values(outcome=Outcome.WAITING))
    with stores.writing() as tables:
        tables.jobs.save(dataclasses.replace(finished_job, done=7))
    found = find(stores)
    assert any("still wait" in sentence for sentence, _ in found)
    assert any("counts 7 files as done" in sentence for sentence, _ in found)
    assert all(is_repaired for _, is_repaired in find(stores, repair=True))
    assert find(stores) == []
    assert recent_jobs(stores)[0].done == 26


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("archive.zip", "The archive of"),
        ("thumbnails/3.jpg", "1 thumbnails of"),
    ],
)
def test_a_missing_file_is_said(
    stores: Stores, finished_job: Job, damage: str, sentence: str
) -> None:
    (stores.files.job(finished_job.id) / damage).unlink()
    ((said, is_repaired),) = find(stores, repair=True)
    assert (said.startswith(sentence), is_repaired) == (True, False)


def test_an_archive_that_was_cut_is_said(stores: Stores, finished_job: Job) -> None:
    os.truncate(stores.files.archive(finished_job.id), 200)
    ((said, is_repaired),) = find(stores, repair=True)
    assert (said.startswith("The archive of"), is_repaired) == (True, False)
    assert "is damaged. Its results can still be seen. This zip is incomplete" in said


def test_a_picture_without_its_score_is_said(stores: Stores, finished_job: Job) -> None:
    with stores.database.writing() as connection:
        connection.execute(delete(scores).where(scores.c.number == 5))
    assert any("1 pictures have no score" in sentence for sentence, _ in find(stores))


def test_a_damaged_database_file_is_said(stores: Stores, finished_job: Job) -> None:
    stores.database.close()
    file = stores.files.database
    middle = file.stat().st_size // 2 // 4096 * 4096
    handle = os.open(file, os.O_WRONLY)
    os.pwrite(handle, b"\xff" * 4096, middle)
    os.close(handle)
    with pytest.raises(ConfigError, match="is damaged"):
        find(stores)
