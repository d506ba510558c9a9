"""The page that frees room on the disk."""

import shutil
from typing import NamedTuple

import pytest

from tests.webapp.made import drawn, queued, recent_jobs
from tests.webapp.pages.conftest import Browser
from webapp.records import Job
from webapp.services import trash
from webapp.storage import Stores


class Usage(NamedTuple):
    """As `shutil.disk_usage` returns it."""

    total: int
    used: int
    free: int


def test_the_largest_job_comes_first_and_goes_by_one_click(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    small = queued(stores, drawn(1), "small.zip")
    page = browser.text("/disk")
    assert page.index(finished_job.name) < page.index(small.name)
    browser.post(f"/disk/{finished_job.id}/trash")
    assert [job.id for job in recent_jobs(stores)] == [small.id]
    assert [job.id for job in trash.list_trash(stores)] == [finished_job.id]

    browser.post(f"/disk/{finished_job.id}/restore")
    assert trash.list_trash(stores) == []
    assert browser.post(f"/disk/{finished_job.id}/delete").status_code == 410, "it is not in there"

    browser.post(f"/disk/{finished_job.id}/trash")
    browser.post(f"/disk/{small.id}/trash")
    browser.post(f"/disk/{small.id}/delete")
    assert [job.id for job in trash.list_trash(stores)] == [finished_job.id]
    assert not stores.files.job(small.id).exists()
    browser.post("/disk/empty-trash")
    assert not stores.files.job(finished_job.id).exists()
    assert "There are no jobs." in browser.text("/disk")


def test_a_short_disk_is_said_where_room_is_needed(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free, is_said in ((trash.SHORT_BYTES, False), (trash.SHORT_BYTES - 1, True)):
        usage = Usage(2 * trash.SHORT_BYTES, 2 * trash.SHORT_BYTES - free, free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, usage=usage: usage)
        for address in ("/", "/disk"):
            assert ("of the disk are free" in browser.text(address)) == is_said


def test_nobody_is_promised_a_way_back_on_a_short_disk(
    browser: Browser, finished_job: Job, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free in (trash.SHORT_BYTES, trash.SHORT_BYTES - 1):
        usage = Usage(2 * trash.SHORT_BYTES, 2 * trash.SHORT_BYTES - free, free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, usage=usage: usage)
        is_short = free < trash.SHORT_BYTES
        for address, promise in ((page, "restore it for a day"), ("/jobs", "can be restored")):
            text = browser.text(address)
            assert (promise in text) != is_short
            assert ("may be gone for good at once" in text) == is_short


def test_a_job_that_a_full_disk_deleted_for_good_is_said_to_be_gone(
    browser: Browser, finished_job: Job, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "discard", lambda _stores, _job_id: finished_job)
    browser.post(f"{page}/delete")
    assert "is deleted for good, because the disk is full." in browser.text("/jobs")
