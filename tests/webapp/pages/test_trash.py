"""The trash on the page of jobs."""

from __future__ import annotations

from tests.webapp.pages.conftest import Browser
from webapp.records import Job
from webapp.storage import Stores


def test_a_job_comes_back_from_the_trash(browser: Browser, finished_job: Job, page: str) -> None:
    assert "Trash" not in browser.text("/jobs")
    browser.post(f"{page}/delete")
    assert f'action="/trash/{finished_job.id}/restore"' in browser.text("/jobs")
    answer = browser.post(f"/trash/{finished_job.id}/restore")
    assert (answer.status_code, answer.location) == (303, page)
    assert "is back" in browser.text(page)
    assert "Trash" not in browser.text("/jobs")


def test_the_emptied_trash_gives_back_the_room(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    browser.post(f"{page}/delete")
    answer = browser.post("/trash/empty")
    assert (answer.status_code, answer.location) == (303, "/jobs")
    assert not stores.files.job(finished_job.id).exists()
    gone = browser.post(f"/trash/{finished_job.id}/restore")
    assert gone.status_code == 404
