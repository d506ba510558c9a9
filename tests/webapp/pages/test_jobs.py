"""A job's page while it waits, runs, and when it is over."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from datetime import timedelta

import pytest

from ml.sieve.executor import LocalExecutor
from tests.webapp.made import add_opposite, count_transactions, drawn, queued, worked_off
from tests.webapp.pages.conftest import Browser
from webapp.records import Job, JobState, Preferences
from webapp.services import jobs, preferences, queue
from webapp.storage import Stores


def test_a_running_job_shows_its_progress(browser: Browser, stores: Stores) -> None:
    job = queued(stores, drawn(4))
    page = browser.text(f"/jobs/{job.id}")
    assert f'data-url="/jobs/{job.id}/progress.json"' in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert 'max="4" value="0" aria-label="Files done"' in page


def test_a_running_job_shows_its_piles(browser: Browser, stores: Stores) -> None:
    job = queued(stores, {**drawn(4), "notes.txt": b"hello"})
    page = browser.text(f"/jobs/{job.id}?pile=skipped")
    assert "Still working: 1 of 5 done." in page
    assert "notes.txt" in page


def test_a_result_without_a_readable_picture_says_so(
    browser: Browser, stores: Stores, executor: LocalExecutor, finished_job: Job
) -> None:
    broken = worked_off(stores, executor, queued(stores, {"a.png": b"no picture"}))
    page = browser.text(f"/jobs/{broken.id}")
    assert "No picture could be read" in page
    assert "Lower the slider" not in page
    assert "few or no pictures" not in page
    assert "No picture could be read" not in browser.text(f"/jobs/{finished_job.id}")


def test_a_job_of_an_older_target_says_so_and_is_scored_again(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    assert "Sieve again" not in browser.text(page)
    folder = stores.files.targets / "red_circle"
    card = json.loads((folder / "card.json").read_text()) | {"version": 2}
    whole = folder.resolve()
    folder.unlink()
    shutil.copytree(whole, folder)
    (folder / "card.json").write_text(json.dumps(card))
    assert "Sieve again" in browser.text(page)
    assert browser.post(f"{page}/rescore").location == page
    again = jobs.get(stores, finished_job.id)
    assert (again.state, again.target_version) == (JobState.SUCCEEDED, 2)
    assert "Sieve again" not in browser.text(page)


def test_another_character_is_looked_for_in_the_same_archive(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    assert "Look for another character" not in browser.text(page)
    add_opposite(stores)
    assert "Look for another character in this archive" in browser.text(page)
    assert browser.post(f"{page}/target", {"target": "opposite"}).location == page
    assert '<option value="opposite" selected>' in browser.text(page)
    assert browser.post(f"{page}/target", {"target": "nobody"}).status_code == 404


def test_a_job_of_a_backbone_that_is_gone_says_so(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    with stores.writing() as tables:
        tables.jobs.save(dataclasses.replace(finished_job, backbone_sha256="0" * 64))
    text = browser.text(page)
    assert "The network that scored this archive is no longer installed" in text
    assert "Sieve again" in text
    browser.post(f"{page}/rescore")
    assert jobs.get(stores, finished_job.id).state is JobState.QUEUED


def test_the_result_page_takes_three_transactions_at_most(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    add_opposite(stores)
    with count_transactions() as transactions:
        browser.get(page)
    assert 1 <= len(transactions) <= 3


def test_the_list_of_jobs_takes_two_transactions_at_most(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    for _ in range(5):
        queued(stores, drawn(1))
    with count_transactions() as transactions:
        browser.get("/jobs")
    assert 1 <= len(transactions) <= 2


def test_a_result_outlives_its_target(browser: Browser, stores: Stores, page: str) -> None:
    (stores.files.targets / "red_circle").unlink()
    text = browser.text(page)
    assert "26 files" in text
    assert "Sieve again" not in text


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
    assert "Stopped" in page
    assert '<b class="numbers" data-count="skipped">4</b>' in page
    assert "not scored: the job was stopped" in page


def test_a_cancelled_job_goes_on_where_it_stopped(browser: Browser, stores: Stores) -> None:
    job = queued(stores, drawn(4))
    page = f"/jobs/{job.id}"
    browser.post(f"{page}/cancel")
    text = browser.text(page)
    assert "Stopped after 0 of 4 files. The rest are listed under Skipped.</p>" in text
    assert f'action="{page}/rescore"' in text
    assert ">Continue</button>" in text
    assert browser.post(f"{page}/rescore").location == page
    assert jobs.get(stores, job.id).state is JobState.QUEUED


def test_a_finished_job_cannot_be_continued(browser: Browser, page: str) -> None:
    assert ">Continue</button>" not in browser.text(page)


def test_a_result_says_when_it_will_be_deleted(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    assert finished_job.finished
    expected = finished_job.finished + timedelta(days=30)
    assert f">{expected:%Y-%m-%d}</time>" in browser.text(page)
    preferences.save(stores, Preferences(target="red_circle", retention_days=0))
    assert "will be deleted" not in browser.text(page)


def test_a_blocked_job_says_why(
    browser: Browser, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEAST_FREE_BYTES", 0)
    job = queued(stores, drawn(2))
    monkeypatch.setattr(jobs, "LEAST_FREE_BYTES", 2**62)
    answer = browser.get(f"/jobs/{job.id}/progress.json").json
    assert answer is not None
    assert "is full" in answer["blocked_by"]
    assert f'data-field="trouble">{answer["blocked_by"]}</p>' in browser.text(f"/jobs/{job.id}")


def test_cancelling_an_ended_job_is_refused(browser: Browser, page: str) -> None:
    answer = browser.post(f"{page}/cancel")
    assert answer.status_code == 409
    assert "drawn.zip" in answer.text


def test_a_deleted_job_is_found_in_the_trash_only(browser: Browser, page: str) -> None:
    answer = browser.post(f"{page}/delete")
    assert (answer.status_code, answer.location) == (303, "/jobs")
    text = browser.text("/jobs")
    assert "is deleted" in text
    assert "Trash" in text
    assert f'href="{page}"' not in text
    gone = browser.get(page)
    assert gone.status_code == 404
    assert "is in the trash" in gone.text


def test_the_times_are_kept_under_details(browser: Browser, page: str) -> None:
    details = browser.text(page).partition('<dl class="details')[2]
    words = " ".join(re.sub("<[^>]+>", "", details).split())
    assert re.search(r"Time [\d.]+ m?s, \d+ ms per picture \(most often \d+ ms\)", words)


@pytest.mark.parametrize("part", ["", "/progress.json", "/kept.zip", "/columns.bin", "/pictures/0"])
def test_an_unknown_job_is_a_page_that_says_so(browser: Browser, part: str) -> None:
    answer = browser.get(f"/jobs/AAAAAAAAAAAAAAAA{part}")
    assert answer.status_code == 404
    assert "There is no job" in answer.text


@pytest.mark.parametrize("job_id", ["..%2f..%2fetc", "x" * 400, "%00"])
def test_an_impossible_id_is_unknown(browser: Browser, job_id: str) -> None:
    assert browser.get(f"/jobs/{job_id}").status_code == 404
    assert browser.get(f"/api/v1/jobs/{job_id}").status_code == 404


def test_a_job_at_work_says_how_it_shares_the_computer(browser: Browser, stores: Stores) -> None:
    alone = queued(stores, drawn(2), "alone.zip")
    button = re.compile(r'data-field="first"( hidden)?>')
    hidden = button.search(browser.text(f"/jobs/{alone.id}"))
    assert hidden
    assert hidden[1]
    other = queued(stores, drawn(2), "other.zip")
    text = browser.text(f"/jobs/{alone.id}")
    assert "Takes turns with 1 other job." in text
    shown = button.search(text)
    assert shown
    assert not shown[1]
    assert browser.post(f"/jobs/{other.id}/first").location == f"/jobs/{other.id}"
    assert "Goes before 1 other job." in browser.text(f"/jobs/{other.id}")
    answer = browser.get(f"/jobs/{alone.id}/progress.json").json
    assert answer is not None
    assert (answer["left"], answer["can_be_put_first"]) == ("Second in line", True)
    assert "put first" in answer["line"]
    browser.post(f"/jobs/{alone.id}/cancel")
    assert browser.post(f"/jobs/{alone.id}/first").status_code == 409


def test_the_progress_names_piles_and_newest_pictures(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    answer = browser.get(f"/jobs/{finished_job.id}/progress.json").json
    assert answer is not None
    assert sum(answer["piles"].values()) == 26
    assert answer["newest_kept"] == sorted(answer["newest_kept"], reverse=True)
    assert len(answer["newest_kept"]) == answer["piles"]["kept"]
    with stores.writing() as tables:
        tables.jobs.save(dataclasses.replace(finished_job, state=JobState.RUNNING, rate=None))
    text = browser.text(f"/jobs/{finished_job.id}")
    for number in answer["newest_kept"]:
        assert f'src="/jobs/{finished_job.id}/thumbnails/{number}.jpg"' in text
    assert f'<rect data-pile="kept" x="0" width="{answer["piles"]["kept"]}"' in text


def test_a_job_that_has_read_nothing_says_so(browser: Browser, stores: Stores) -> None:
    job = queued(stores, {**drawn(2), "notes.txt": b"x"})
    queue.claim(stores)
    assert "Reading the first pictures…" in browser.text(f"/jobs/{job.id}")


def test_an_archive_unlike_the_measured_pictures_is_said_to_be_so(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    sentence = "unlike the pictures that Red circle was measured on"
    assert sentence not in browser.text(page)
    with stores.writing() as tables:
        tables.jobs.save(dataclasses.replace(finished_job, unlikeness=1.3))
    assert sentence in browser.text(page)
    assert sentence in browser.text(f"{page}/handover")


def test_an_archive_with_many_pages_is_said_to_have_them(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    sentence = "About 20 of 50 pictures from all over the archive look like pages of comics or text"
    assert "look like" not in browser.text(page)
    told = dataclasses.replace(finished_job, looked_at=50, photographs=0, pages=20)
    with stores.writing() as tables:
        tables.jobs.save(told)
    assert sentence in browser.text(page)
    assert sentence in browser.text(f"{page}/handover")
    assert sentence in browser.text(f"{page}/report.csv")
