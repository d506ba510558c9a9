"""The list of jobs, and the news of its jobs."""

import pytest

from tests.webapp.made import drawn, queued, recent_jobs
from tests.webapp.pages.conftest import Browser
from webapp.pages import job_list as pages
from webapp.records import Job
from webapp.services import jobs, queue, trash
from webapp.storage import Stores


def test_the_list_is_searched_and_ordered_by_its_address(browser: Browser, stores: Stores) -> None:
    for name in ("beach.zip", "alps.zip"):
        queued(stores, drawn(1), name)
    page = browser.text("/jobs?order=name")
    assert page.index("alps.zip") < page.index("beach.zip")
    page = browser.text("/jobs?search=beach")
    assert "beach.zip" in page
    assert "alps.zip" not in page
    assert "No job is called “moon”" in browser.text("/jobs?search=moon")
    assert browser.get("/jobs?order=size").status_code == 422


def test_a_long_list_has_pages_that_keep_the_search(
    browser: Browser, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "JOBS", 2)
    for n in range(3):
        queued(stores, drawn(1), f"{n}.zip")
    assert '<a class="button" href="/jobs?search=zip&amp;order=newest&amp;after=2">' in (
        browser.text("/jobs?search=zip")
    )
    last = browser.text("/jobs?search=zip&order=newest&after=2")
    assert "0.zip" in last
    assert "First jobs" in last
    assert "No further jobs" in browser.text("/jobs?after=7")


def test_a_job_that_the_disk_holds_up_has_no_time_left(
    browser: Browser, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEAST_FREE_BYTES", 0)
    job = queued(stores, drawn(8))
    queue.claim(stores)
    queue.report_rates(stores, {job.id: 0.5})
    assert "0 of 8 files done, 0 kept · 16 s left" in browser.text("/jobs")
    monkeypatch.setattr(jobs, "LEAST_FREE_BYTES", 2**62)
    assert "0 of 8 files done, 0 kept · waiting" in browser.text("/jobs")


@pytest.mark.parametrize("look", ["row", "card"])
def test_the_news_hold_each_job_as_the_list_shows_it(
    browser: Browser, stores: Stores, finished_job: Job, look: str
) -> None:
    waiting = queued(stores, drawn(3), "next.zip")
    address = f"/jobs.json?look={look}&ids={finished_job.id},{waiting.id},gone"
    news = {job["id"]: job for job in browser.get(address).get_json()["jobs"]}
    assert set(news) == {finished_job.id, waiting.id}
    over, ahead = news[finished_job.id], news[waiting.id]
    assert over["is_over"]
    assert "data-over" in over["html"]
    assert "Done" in over["html"]
    assert not ahead["is_over"]
    assert "data-over" not in ahead["html"]
    assert "In line" in ahead["html"]
    page = browser.text("/jobs" if look == "row" else "/")
    assert ahead["html"].strip() in page


def test_news_in_an_unknown_look_are_refused(browser: Browser) -> None:
    assert browser.get("/jobs.json?look=tile&ids=a").status_code == 422
    assert browser.get("/jobs.json").get_json() == {"jobs": []}


def test_a_job_is_renamed_in_the_list(browser: Browser, stores: Stores) -> None:
    job = queued(stores, drawn(1))
    assert browser.post(f"/jobs/{job.id}/name", {"name": "<b>Summer</b>"}).location == "/jobs"
    assert "&lt;b&gt;Summer&lt;/b&gt;" in browser.text("/jobs")
    assert browser.post(f"/jobs/{job.id}/name", {"name": ""}).status_code == 422


def test_the_selected_jobs_are_deleted_and_the_others_stay(
    browser: Browser, stores: Stores
) -> None:
    first, second, third = (queued(stores, drawn(1), f"{n}.zip") for n in range(3))
    trash.discard(stores, second.id)  # in another window
    answer = browser.post("/jobs/delete", {"job": [first.id, second.id]})
    assert answer.location == "/jobs"
    assert [job.id for job in recent_jobs(stores)] == [third.id]
    assert "Deleted 1 job." in browser.text("/jobs")


def test_deleting_without_a_selection_says_what_to_do(browser: Browser) -> None:
    answer = browser.post("/jobs/delete")
    assert answer.status_code == 422
    assert "Tick the jobs that you want to delete" in answer.text
