"""A job's page while it waits, works, and when it is over."""

from __future__ import annotations

import json
import re
import shutil
from datetime import timedelta

import pytest

from tests.webapp.made import drawn, queued
from tests.webapp.pages.conftest import JSON, Browser
from webapp.pages import jobs as pages
from webapp.records import Job, JobState, Preferences
from webapp.services import jobs, preferences
from webapp.storage import Stores


def test_the_home_page_says_what_to_do_before_there_is_a_job(browser: Browser) -> None:
    page = browser.text("/")
    assert "only those that show Red circle" in page
    assert "Nothing yet" in page


def test_the_home_page_lists_the_last_jobs(browser: Browser, finished_job: Job, page: str) -> None:
    home = browser.text("/")
    assert f'href="{page}"' in home
    assert "drawn.zip" in home


def test_a_working_job_shows_its_progress_and_asks_again_without_script(
    browser: Browser, stores: Stores
) -> None:
    job = queued(stores, drawn(4))
    page = browser.text(f"/jobs/{job.id}")
    assert f'data-url="/jobs/{job.id}/progress.json"' in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert '<progress max="4" value="0"' in page


def test_the_piles_can_be_looked_at_while_the_job_is_at_work(
    browser: Browser, stores: Stores
) -> None:
    job = queued(stores, {**drawn(4), "notes.txt": b"hello"})
    page = browser.text(f"/jobs/{job.id}?pile=skipped")
    assert "Still at work: 1 of 5 files are done" in page
    assert "4 still wait" in page
    assert "notes.txt" in page


def test_a_job_of_an_older_target_says_so_and_is_scored_again(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    assert "Score again" not in browser.text(page)
    folder = stores.files.targets / "red_circle"
    card = json.loads((folder / "card.json").read_text()) | {"version": 2}
    whole = folder.resolve()
    folder.unlink()
    shutil.copytree(whole, folder)
    (folder / "card.json").write_text(json.dumps(card))
    assert "Score again" in browser.text(page)
    assert browser.post(f"{page}/rescore").location == page
    again = jobs.get(stores, finished_job.id)
    assert (again.state, again.target_version) == (JobState.QUEUED, 2)


def test_a_result_outlives_its_target(browser: Browser, stores: Stores, page: str) -> None:
    (stores.files.targets / "red_circle").unlink()
    text = browser.text(page)
    assert "26 in all" in text
    assert "Score again" not in text


def test_the_progress_is_answered_as_figures(browser: Browser, finished_job: Job) -> None:
    answer = browser.get(f"/jobs/{finished_job.id}/progress.json").json
    assert answer is not None
    assert (answer["state"], answer["finished"]) == ("succeeded", True)
    assert (answer["done"], answer["total"]) == (26, 26)


def test_a_job_that_waits_for_start_is_started_by_its_button(
    browser: Browser, stores: Stores
) -> None:
    preferences.save(stores, Preferences(target="red_circle", start_at_once=False))
    job = queued(stores, drawn(2))
    page = f"/jobs/{job.id}"
    assert ">Start</button>" in browser.text(page)
    assert browser.post(f"{page}/start").location == page
    assert jobs.get(stores, job.id).state is JobState.QUEUED
    assert ">Start</button>" not in browser.text(page)


def test_a_cancelled_job_still_shows_every_member_in_a_pile(
    browser: Browser, stores: Stores
) -> None:
    job = queued(stores, drawn(4))
    browser.post(f"/jobs/{job.id}/cancel")
    page = browser.text(f"/jobs/{job.id}?pile=skipped")
    assert "Cancelled" in page
    assert '<b class="numbers" data-count="skipped">4</b>' in page
    assert "the job was cancelled" in page


def test_a_cancelled_job_goes_on_where_it_stopped(browser: Browser, stores: Stores) -> None:
    job = queued(stores, drawn(4))
    page = f"/jobs/{job.id}"
    browser.post(f"{page}/cancel")
    text = browser.text(page)
    assert "It can go on where it stopped." in text
    assert f'action="{page}/rescore"' in text
    assert ">Go on</button>" in text
    assert browser.post(f"{page}/rescore").location == page
    assert jobs.get(stores, job.id).state is JobState.QUEUED


def test_a_finished_job_has_nothing_to_go_on_with(browser: Browser, page: str) -> None:
    assert ">Go on</button>" not in browser.text(page)


def test_a_result_says_when_it_will_be_deleted(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    assert finished_job.finished
    expected = finished_job.finished + timedelta(days=30)
    assert f">{expected:%Y-%m-%d}</time>" in browser.text(page)
    preferences.save(stores, Preferences(target="red_circle", retention_days=0))
    assert "will be deleted" not in browser.text(page)


def test_a_long_list_of_jobs_comes_in_pages(
    browser: Browser, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "JOBS", 2)
    for number in range(5):
        queued(stores, drawn(1), f"archive {number}.zip")
    seen, url = [], "/jobs"
    while url:
        text = browser.text(url)
        seen.append(re.findall(r"<bdi>(archive \d.zip)", text))
        older = re.search(r'href="([^"]+)">Older jobs', text)
        url = older[1] if older else ""
    assert [len(page) for page in seen] == [2, 2, 1]
    assert len({name for page in seen for name in page}) == 5
    assert "Latest jobs" in text


def test_a_job_that_is_held_up_says_why(
    browser: Browser, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(stores, drawn(2))
    monkeypatch.setattr(jobs, "LEAST_FREE_BYTES", 2**62)
    answer = browser.get(f"/jobs/{job.id}/progress.json").json
    assert answer is not None
    assert "is full" in answer["obstacle"]
    assert f'data-say="trouble">{answer["obstacle"]}</p>' in browser.text(f"/jobs/{job.id}")


def test_cancelling_what_is_over_is_refused_with_a_sentence(browser: Browser, page: str) -> None:
    answer = browser.post(f"{page}/cancel")
    assert answer.status_code == 409
    assert "drawn.zip" in answer.text


def test_a_deleted_job_is_gone_with_its_files(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    answer = browser.post(f"{page}/delete")
    assert (answer.status_code, answer.location) == (303, "/jobs")
    assert "is deleted" in browser.text("/jobs")
    assert browser.get(page).status_code == 404
    assert not stores.files.job(finished_job.id).exists()


def test_the_result_stands_there_in_words_and_adds_up(browser: Browser, page: str) -> None:
    text = browser.text(page)
    assert "Of 26 files" in text
    assert "could not be read" in text
    assert "a picture on average, most often" in text
    assert "26 in all" in text


@pytest.mark.parametrize("part", ["", "/progress.json", "/kept.zip", "/gallery", "/pictures/0"])
def test_an_unknown_job_is_a_page_that_says_so(browser: Browser, part: str) -> None:
    answer = browser.get(f"/jobs/AAAAAAAAAAAAAAAA{part}")
    assert answer.status_code == 404
    assert "There is no job" in answer.text


@pytest.mark.parametrize("job_id", ["..%2f..%2fetc", "x" * 400, "%00"])
def test_an_impossible_id_is_no_more_than_unknown(browser: Browser, job_id: str) -> None:
    assert browser.get(f"/jobs/{job_id}").status_code == 404
    assert browser.get(f"/api/v1/jobs/{job_id}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/jobs", 405), ("GET", "/uploads", 405)],
)
def test_http_errors_look_like_the_app_and_speak_json_to_scripts(
    browser: Browser, method: str, path: str, status: int
) -> None:
    answer = browser.client.open(path, method=method)
    assert answer.status_code == status
    assert "<nav" in answer.text
    spoken = browser.client.open(path, method=method, headers=JSON)
    assert spoken.status_code == status
    assert spoken.json is not None
    assert spoken.json["ok"] is False
    assert spoken.json["error"]


def test_a_bug_is_a_page_too_and_gives_nothing_away(browser: Browser, page: str) -> None:
    @browser.client.application.get("/bug")
    def bug() -> str:
        raise ZeroDivisionError("secret detail")

    answer = browser.get("/bug")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "secret detail" not in answer.text
