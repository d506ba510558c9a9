"""Review mode without script, and what its script asks for."""

from __future__ import annotations

import re

import pytest

from tests.webapp.pages.conftest import Browser
from webapp.records import Job
from webapp.services import review
from webapp.storage import Stores


def test_the_queue_begins_next_to_the_border_and_leaves_out_what_has_an_answer(
    browser: Browser, page: str
) -> None:
    queue = browser.get(f"{page}/review/queue.json?pile=kept").json
    assert queue is not None
    assert len(queue["numbers"]) == 12
    first = queue["numbers"][0]
    assert f'data-at="{first}"' in browser.text(f"{page}/review?pile=kept")
    browser.post(f"{page}/pictures/{first}/verdict", {"verdict": "is"})
    shorter = browser.get(f"{page}/review/queue.json?pile=kept").json
    assert shorter == {"numbers": queue["numbers"][1:]}


def test_without_a_pile_the_first_one_with_something_to_review_is_taken(
    browser: Browser, page: str
) -> None:
    assert 'data-pile="rejected"' in browser.text(f"{page}/review")


def test_a_verdict_without_script_leads_to_the_next_picture(browser: Browser, page: str) -> None:
    text = browser.text(f"{page}/review?pile=kept")
    match = re.search(r'name="review" value="(\d+)">\s*<button class="button verdict-is"', text)
    assert match
    at = re.search(r'data-at="(\d+)"', text)
    assert at
    sent = {"verdict": "is", "pile": "kept", "review": match[1]}
    answer = browser.post(f"{page}/pictures/{at[1]}/verdict", sent)
    assert answer.location == f"{page}/review?pile=kept&at={match[1]}"


def test_the_facts_say_why_a_picture_is_where_it_is(browser: Browser, page: str) -> None:
    assert "It reaches the confidence of 95" in browser.text(f"{page}/review/0/facts")
    browser.post(f"{page}/pictures/0/verdict", {"verdict": "is_not"})
    facts = browser.text(f"{page}/review/0/facts")
    assert "You said so." in facts
    assert "circle-000.png" in facts


@pytest.mark.parametrize("query", ["at=24", "at=25", "at=999", "at=" + "9" * 30])
def test_a_picture_that_was_never_scored_cannot_be_reviewed(
    browser: Browser, page: str, query: str
) -> None:
    assert browser.get(f"{page}/review?{query}").status_code == 404


@pytest.mark.parametrize("query", ["pile=skipped", "pile=best", "at=x"])
def test_a_malformed_request_is_refused(
    browser: Browser, finished_job: Job, page: str, query: str
) -> None:
    assert browser.get(f"{page}/review?{query}").status_code == 422


def test_an_empty_queue_is_said(browser: Browser, page: str) -> None:
    assert "Nothing is left to review here" in browser.text(f"{page}/review?pile=unsure")


def test_what_was_left_out_has_a_queue_that_verdicts_without_script_follow(
    browser: Browser, page: str, stores: Stores, finished_job: Job
) -> None:
    review.set_confidence(stores, finished_job.id, 1.0)
    queue = browser.get(f"{page}/review/queue.json?queue=left-behind").json
    assert queue is not None
    first, second = queue["numbers"][:2]
    text = browser.text(f"{page}/review?queue=left-behind")
    assert f'data-at="{first}"' in text
    assert '<input type="hidden" name="queue" value="left-behind">' in text
    sent = {"verdict": "is", "pile": "rejected", "review": second, "queue": "left-behind"}
    answer = browser.post(f"{page}/pictures/{first}/verdict", sent)
    assert answer.location == f"{page}/review?pile=rejected&at={second}&queue=left-behind"


def test_a_queue_of_what_was_left_out_ends_with_what_was_found(
    browser: Browser, page: str, stores: Stores, finished_job: Job
) -> None:
    review.set_confidence(stores, finished_job.id, 0.0)
    text = browser.text(f"{page}/review?queue=left-behind")
    assert "You have probably found about 95 %" in text


def test_a_page_says_why_a_picture_is_where_it_is(browser: Browser, page: str) -> None:
    assert f"{page}/review/0/why" in browser.text(f"{page}/review?at=0")
    text = browser.text(f"{page}/review/0/why")
    assert 'class="sight-best"' in text
    assert "Also looks like" in text
    assert "No other character that MonaSieve knows stands out" in text
    assert browser.get(f"{page}/review/24/why").status_code == 404
