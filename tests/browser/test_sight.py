"""On a phone, too, H and its button say that MonaSieve looks, and then draw the map."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.steps import FINISH_MS
from tests.browser.test_review import open_review
from tests.running import until
from tests.webapp.made import drawn, queued
from webapp.services import jobs, review
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_a_phone_says_that_monasieve_looks_and_shows_one_map(page: Page, stores: Stores) -> None:
    made = queued(stores, drawn(4))
    assert until(lambda: jobs.get(stores, made.id).state.is_over, FINISH_MS / 1000)
    page.set_viewport_size({"width": 390, "height": 844})
    held: list[Route] = []
    page.route("**/why", lambda route: held.append(route))
    open_review(page, review.set_confidence(stores, made.id, 0.0))
    pane = page.locator("zoom-pane")
    read_words = "e => getComputedStyle(e, '::after').content"
    page.get_by_role("button", name="Why").click()
    expect(pane).to_have_attribute("data-looking", "")
    assert pane.evaluate(read_words) == '"Looking …"'
    page.keyboard.press("h")
    expect(pane).not_to_have_attribute("data-looking", "")
    page.keyboard.press("h")  # the same request is awaited twice
    assert until(lambda: bool(held))
    held[0].continue_()
    expect(pane.locator(".sight")).to_be_visible()
    expect(pane.locator(".sight")).to_have_count(1)
    assert pane.evaluate(read_words) == "none"
    assert len(held) == 1
