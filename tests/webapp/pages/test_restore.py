"""The form that restores a review from a report."""

from __future__ import annotations

import io

from tests.webapp.pages.conftest import Browser
from webapp.records import Job
from webapp.storage import Stores


def test_a_downloaded_report_is_restored_and_bad_lines_are_said(
    browser: Browser, finished_job: Job, stores: Stores
) -> None:
    page = f"/jobs/{finished_job.id}"
    browser.post(f"{page}/pictures/0/verdict", {"verdict": "is_not"})
    report = browser.get(f"{page}/report.csv").data + b'"bad line"\r\n'
    browser.post(f"{page}/verdicts/undo")
    sent = {"report": (io.BytesIO(report), "report.csv")}
    text = browser.post(f"{page}/restore", sent).text
    assert "1 answer restored" in text
    assert "Line 28: it has 1 cells instead of" in text
    assert "Undo: 1 answer restored from “report.csv”" in browser.text(page)
    assert list(stores.files.uploads.iterdir()) == []


def test_a_report_that_changes_nothing_says_so_and_offers_no_undo(
    browser: Browser, finished_job: Job
) -> None:
    page = f"/jobs/{finished_job.id}"
    browser.post(f"{page}/pictures/0/verdict", {"verdict": "is_not"})
    sent = {"report": (io.BytesIO(browser.get(f"{page}/report.csv").data), "report.csv")}
    text = browser.post(f"{page}/restore", sent).text
    assert "<h1>Nothing changed</h1>" in text
    assert "1 answer of “report.csv” is there already, so nothing changed." in text
    assert "Undo" not in text


def test_a_request_without_a_report_is_refused(browser: Browser, finished_job: Job) -> None:
    page = f"/jobs/{finished_job.id}/restore"
    assert "Choose one report; received 0." in browser.post(page).text
    wrong = {"report": (io.BytesIO(b"GIF89a"), "report.csv")}
    answer = browser.post(page, wrong)
    assert answer.status_code == 422
    assert "This is not a report" in answer.text
    long = {"report": (io.BytesIO(b"sha256,verdict,target," + b"x" * 200_000), "report.csv")}
    answer = browser.post(page, long)
    assert answer.status_code == 422
    assert "field larger than field limit" in answer.text
