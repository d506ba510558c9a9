"""A review of what is left out ends where the answers say."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from ml.scoring.prevalence import Prevalence
from tests.browser.steps import FINISH_MS
from tests.browser.test_review import open_review, read_verdicts
from tests.running import until
from tests.webapp.made import drawn, queued
from webapp.records import Job
from webapp.services import jobs, review, targets
from webapp.storage import Stores
from webapp.storage.results import SqlResults

pytestmark = [pytest.mark.slow, pytest.mark.browser]
EVEN = 24
"""Pictures whose evidence lies at even distances."""


def test_the_end_of_a_review_of_what_is_left_out_moves_with_the_answers(
    page: Page, stores: Stores
) -> None:
    job = sieve_with_even_evidence(stores)
    open_review(page, job, "queue=left-behind")
    ends = [len(list_left_behind(page, job))]
    while left := list_left_behind(page, job):
        seen = len(ends) - 1
        expect(page.locator(".review-position")).to_contain_text(f"{seen + 1} of {ends[-1]}")
        page.keyboard.press("x")
        wait_for_answers(stores, job, seen + 1)
        expect(page.locator(".review-film [data-verdict=is_not]")).to_have_count(seen + 1)
        ends.append(seen + 1 + len(list_left_behind(page, job)))
        assert len(left) <= EVEN
    assert ends[-1] < ends[0], "pictures that are not the target bring the end nearer"
    # The picture that was shown when the end came stays; one press leads past it.
    expect(page.locator(".review-position")).to_contain_text(f"{ends[-1] + 1} of {ends[-1] + 1}")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("You have probably found about 95 %")).to_be_visible()


def test_the_server_is_asked_for_the_end_once_at_a_time_and_its_newest_answer_counts(
    page: Page, stores: Stores
) -> None:
    job = sieve_with_even_evidence(stores)
    open_review(page, job, "queue=left-behind")
    asked: list[Route] = []

    def hold_the_first(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.fulfill(json={"numbers": []})

    page.route("**/review/queue.json*", hold_the_first)
    for answers in range(1, 5):
        page.keyboard.press("x")
        expect(page.locator(".review-film [data-verdict=is_not]")).to_have_count(answers)
    assert len(asked) == 1
    asked[0].fulfill(json={"numbers": [1, 2, 3]})  # older than three of the answers
    expect(page.locator(".review-position")).to_contain_text("5 of 5")
    assert len(asked) == 2
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("You have probably found about 95 %")).to_be_visible()


def test_the_browser_asks_before_a_page_is_left_whose_answers_are_not_saved(
    page: Page, stores: Stores
) -> None:
    job = sieve_with_even_evidence(stores)
    open_review(page, job, "queue=left-behind")
    page.route("**/verdict", lambda _: None)  # the server does not answer
    for position in (2, 3):
        page.keyboard.press("x")
        expect(page.locator(".review-position")).to_contain_text(f"{position} of")
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())  # stay
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    page.unroute("**/verdict")  # now it does
    wait_for_answers(stores, job, 2)
    expect(page.locator(".review-film [data-verdict=is_not]")).to_have_count(2)
    with page.expect_event("close"):
        page.close(run_before_unload=True)


def test_the_download_is_offered_when_the_answers_are_saved(page: Page, stores: Stores) -> None:
    job = sieve_with_even_evidence(stores)
    open_review(page, job, "pile=rejected")
    held: list[Route] = []
    page.route("**/verdict", lambda route: held.append(route))
    page.keyboard.press("End")
    page.keyboard.press("p")
    expect(page.get_by_text("Saving 1 answer …")).to_be_visible()
    download = page.get_by_role("link", name="Download")
    expect(download).to_be_hidden()
    assert until(lambda: bool(held))
    held[0].continue_()
    expect(page.get_by_text("1 answered, 1 changed: 1 to Kept.")).to_be_visible()
    expect(download).to_be_focused()
    expect(download).to_have_text("Download 1 kept")


def sieve_with_even_evidence(stores: Stores) -> Job:
    """A finished job whose pictures have evidence from -4 to 4, all of them rejected."""
    made = queued(stores, drawn(EVEN))
    assert until(lambda: jobs.get(stores, made.id).state.is_over, FINISH_MS / 1000)
    job = review.set_confidence(stores, made.id, 1.0)
    SqlResults(stores, job, targets.get(stores, job.target)).replace_evidence(
        np.arange(EVEN), np.linspace(-4, 4, EVEN, dtype=np.float32), Prevalence(0.2, 0.1, 0.3)
    )
    return review.set_confidence(stores, job.id, 1.0, 1.0)


def list_left_behind(page: Page, job: Job) -> list[int]:
    """What the server would still show of the pictures left behind."""
    answer = page.request.get(f"/jobs/{job.id}/review/queue.json?queue=left-behind").json()
    return [int(number) for number in answer["numbers"]]


def wait_for_answers(stores: Stores, job: Job, count: int) -> None:
    """Wait until the database has this many verdicts."""
    assert until(lambda: EVEN - read_verdicts(stores, job).count(None) == count)
