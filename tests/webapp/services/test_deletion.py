"""Deleting for good: state, files, row; and what an interruption leaves."""

from __future__ import annotations

import os

import pytest

from ml.archive.reader import OpenArchive
from tests.webapp.made import drawn, many, queued, recent_jobs
from webapp.errors import NotFound
from webapp.records import JobState
from webapp.services import deletion, jobs, queue, retention
from webapp.storage import Stores
from webapp.storage.files import Files


def test_the_room_of_a_deleted_archive_is_free_while_others_hold_it_open(stores: Stores) -> None:
    job = queued(stores, many(200))
    with stores.files.archive(job.id).open("rb") as held:
        assert os.fstat(held.fileno()).st_blocks > 0
        deletion.delete(stores, job.id)
        assert os.fstat(held.fileno()).st_blocks == 0


def test_an_archive_that_is_a_link_to_another_file_leaves_that_file_whole(stores: Stores) -> None:
    linked = queued(stores, drawn(2))
    archive = stores.files.archive(linked.id)
    original = stores.settings.data_dir.parent / "original.zip"
    os.link(archive, original)
    content = original.read_bytes()
    deletion.delete(stores, linked.id)
    assert original.read_bytes() == content
    with OpenArchive(original, stores.settings.limits) as opened:
        assert opened.read(0)


def test_a_job_that_is_being_deleted_is_hidden_and_its_deletion_is_finished_later(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(stores, drawn(2))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Files, "remove_job", crash)
        with pytest.raises(KeyboardInterrupt):
            deletion.delete(stores, job.id)
    assert recent_jobs(stores) == []
    with pytest.raises(NotFound, match="is being deleted"):
        jobs.get(stores, job.id)
    assert queue.claim(stores) == []
    assert stores.files.archive(job.id).is_file()
    retention.clean_up(stores)
    assert not stores.files.job(job.id).exists()
    with stores.reading() as tables:
        assert tables.jobs.list_in_state(*JobState) == []


def test_a_job_is_deleted_once(stores: Stores) -> None:
    job = queued(stores, drawn(1))
    deletion.delete(stores, job.id)
    with pytest.raises(NotFound):
        deletion.delete(stores, job.id)
