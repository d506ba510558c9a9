"""The page on which a sample of the rejected pictures is checked."""

from __future__ import annotations

import re

from sqlalchemy import delete

from ml.scoring.piles import Verdict
from tests.webapp.pages.conftest import Browser
from webapp.records import Job
from webapp.services import certificate, review, verdicts
from webapp.storage import Stores
from webapp.storage.tables import sample_answers


def test_a_round_is_drawn_checked_and_certified(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    page = f"/jobs/{finished_job.id}/check"
    review.set_confidence(stores, finished_job.id, 1.0, 1.0)
    assert "Pick pictures at random" in browser.text(page)
    assert browser.post(f"{page}/sample").location == page
    shown = re.findall(r'name="found" value="(\d+)"', browser.text(page))
    assert len(shown) == 24  # fewer pictures than a round has
    answers = {"checked": "0", "shown": " ".join(shown), "found": shown[:2]}
    assert browser.post(page, answers).location == page
    text = " ".join(browser.text(page).split())
    sentence = "None of the 22 pictures rejected below 100 % shows Red circle"
    assert f"{sentence}, because you answered for each of them." in text
    assert "Pick pictures at random" not in text
    result = browser.text(f"/jobs/{finished_job.id}")
    assert sentence in result
    assert "Check more" not in result
    again = browser.post(page, answers)
    assert again.status_code == 409
    assert "no longer the next to check" in again.text


def test_a_certificate_that_no_longer_holds_is_struck_out(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    page = f"/jobs/{finished_job.id}/check"
    certificate.draw_sample(stores, finished_job.id)
    shown = re.findall(r'name="found" value="(\d+)"', browser.text(page))
    browser.post(page, {"checked": "0", "shown": " ".join(shown)})
    assert "<s>" not in browser.text(page)
    review.set_confidence(stores, finished_job.id, 1.0, 1.0)
    text = browser.text(page)
    assert "<s>" in text
    assert "This no longer holds" in text
    assert "Pick pictures at random" in text


def test_no_sample_is_offered_where_every_rejected_picture_has_an_answer(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    page = f"/jobs/{finished_job.id}/check"
    review.set_confidence(stores, finished_job.id, 1.0, 1.0)
    verdicts.set_verdicts(stores, finished_job.id, range(4), Verdict.IS_NOT)
    certificate.draw_sample(stores, finished_job.id)
    shown = re.findall(r'name="found" value="(\d+)"', browser.text(page))
    browser.post(page, {"checked": "0", "shown": " ".join(shown)})
    with stores.database.writing() as connection:
        connection.execute(delete(sample_answers))  # as an older program stored it
    text = browser.text(page)
    assert "<s>" in text
    assert "There is nothing to check" in text
    assert "Pick pictures at random" not in text
    assert "Check a new sample" not in browser.text(f"/jobs/{finished_job.id}")
    verdicts.set_verdicts(stores, finished_job.id, [0], None)
    assert "Pick pictures at random" in browser.text(page)
    assert browser.post(f"{page}/sample").status_code == 303


def test_without_a_sample_the_page_says_that_nothing_is_to_be_checked(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    review.set_confidence(stores, finished_job.id, 0.0)
    text = browser.text(f"/jobs/{finished_job.id}/check")
    assert "There is nothing to check" in text
    assert "Pick pictures at random" not in text


def test_what_was_found_elsewhere_is_marked_in_a_round(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    page = f"/jobs/{finished_job.id}/check"
    review.set_confidence(stores, finished_job.id, 1.0, 1.0)
    certificate.draw_sample(stores, finished_job.id)
    assert not re.findall(r'value="\d+" checked', browser.text(page))
    verdicts.set_verdicts(stores, finished_job.id, [3], Verdict.IS)
    verdicts.set_verdicts(stores, finished_job.id, [5], Verdict.IS_NOT)
    assert re.findall(r'value="(\d+)" checked', browser.text(page)) == ["3"]


def test_numbers_that_are_none_are_refused(browser: Browser, finished_job: Job) -> None:
    answer = browser.post(f"/jobs/{finished_job.id}/check", {"checked": "0", "shown": "x"})
    assert answer.status_code == 422
    assert "Select 1 to 60 pictures" in answer.text
