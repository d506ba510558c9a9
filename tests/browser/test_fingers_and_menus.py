"""Handles are large enough for fingers, and menus close by themselves."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.large_job import make_job
from tests.browser.steps import wait_for_scripts
from tests.running import Running
from webapp.records import Job
from webapp.services import review
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
MEASURE = """(handles) => handles.map((handle) => {
  const xs = [], ys = [];
  const box = handle.getBoundingClientRect();
  for (let y = Math.floor(box.top) + 0.5; y < box.bottom; y += 1)
    for (let x = Math.max(0.5, box.left); x < box.right; x += 1)
      if (document.elementFromPoint(x, y) === handle) { xs.push(x); ys.push(y); }
  const span = (all) => [Math.min(...all), Math.max(...all) + 1];
  return { across: span(xs), down: span(ys), points: xs.length };
})"""
"""Where each handle takes a finger, in CSS pixels, tried point by point."""


@pytest.fixture
def job(stores: Stores) -> Job:
    """A finished job of drawn pictures."""
    return make_job(stores, 40, target="red_circle", thumbnails=10)


@pytest.mark.parametrize(("kept", "unsure"), [(0.95, 0.95), (0.95, 0.9), (1.0, 1.0), (0.0, 0.0)])
def test_each_handle_takes_a_finger_also_beside_the_other(
    page: Page, stores: Stores, job: Job, kept: float, unsure: float
) -> None:
    review.set_confidence(stores, job.id, kept, unsure)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/jobs/{job.id}?pile=rejected")
    wait_for_scripts(page)
    measured = page.locator(".handle").evaluate_all(MEASURE)
    for where in measured:
        width, height = (end - start for start, end in (where["across"], where["down"]))
        assert min(width, height) >= 43, (
            measured
        )  # a part of a pixel may belong to what is beside it
        assert where["points"] >= 43 * 43, measured  # and nothing else takes some of it


def test_a_finger_moves_the_handle_that_it_touches(
    chromium: Browser, program: Running, stores: Stores, job: Job
) -> None:
    review.set_confidence(stores, job.id, 0.5, 0.5)
    phone = {"width": 390, "height": 844}
    with chromium.new_context(base_url=program.url, viewport=phone, has_touch=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"/jobs/{job.id}?pile=rejected")
        wait_for_scripts(page)
        unsure, kept = page.locator(".handle").evaluate_all(MEASURE)
        session = context.new_cdp_session(page)
        for where, to, field in ((kept, 60, "Kept from"), (unsure, -60, "Unsure from")):
            x, y = (sum(where[side]) / 2 for side in ("across", "down"))
            before = page.get_by_role("textbox", name=field).input_value()
            for kind, moved in (("touchStart", 0), ("touchMove", to / 2), ("touchMove", to)):
                points = [{"x": x + moved, "y": y}]
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            expect(page.get_by_role("textbox", name=field)).not_to_have_value(before)
            expect(page.locator("score-plot:not([data-preview])")).to_be_visible()
        values = [
            float(page.get_by_role("textbox", name=name).input_value().split("\u202f")[0])
            for name in ("Unsure from", "Kept from")
        ]
        assert values[0] < 50 < values[1]


def test_a_menu_closes_by_a_click_elsewhere_by_escape_and_when_the_focus_leaves(
    page: Page, job: Job
) -> None:
    page.goto(f"/jobs/{job.id}?pile=rejected")
    wait_for_scripts(page)
    menu = page.locator("download-links details")
    other = page.locator(".result-actions > details")
    for leave in ("click", "focus", "escape", "other"):
        menu.locator("summary").click()
        expect(menu).to_have_attribute("open", "")
        menu.get_by_role("checkbox").check()  # a click inside leaves it open
        expect(menu).to_have_attribute("open", "")
        if leave == "click":
            page.mouse.click(5, 400)
        elif leave == "focus":
            menu.locator("summary").focus()
            page.keyboard.press("Shift+Tab")
        elif leave == "escape":
            page.keyboard.press("Escape")
            expect(menu.locator("summary")).to_be_focused()
        else:
            other.locator("> summary").click()
            expect(other).to_have_attribute("open", "")
        expect(menu).not_to_have_attribute("open", "")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    expect(other).not_to_have_attribute("open", "")


def test_a_part_of_the_filters_does_not_close_below_a_click(page: Page, job: Job) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/jobs/{job.id}?pile=rejected")
    wait_for_scripts(page)
    page.get_by_role("button", name="Filter:").click()
    page.get_by_text("View", exact=True).click()
    page.get_by_role("searchbox", name="Name contains").click()
    expect(page.get_by_role("checkbox", name="Blur")).to_be_visible()
    page.locator("[data-review]").focus()
    expect(page.get_by_role("checkbox", name="Blur")).to_be_hidden()


def test_pages_follow_the_size_of_letters_that_the_reader_chose(page: Page) -> None:
    page.goto("/")
    size = "(e) => getComputedStyle(e).fontSize"
    assert page.locator("html").evaluate(size) == "16px"
    assert page.locator("body").evaluate(size) == "15px"
    page.context.new_cdp_session(page).send(
        "Page.setFontSizes", {"fontSizes": {"standard": 24, "fixed": 20}}
    )
    page.reload()
    assert page.locator("html").evaluate(size) == "24px"
    assert page.locator("body").evaluate(size) == "22.5px"


def test_labels_of_the_axis_do_not_touch_in_large_letters(page: Page, job: Job) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    session = page.context.new_cdp_session(page)
    for size, labels in ((16, 6), (24, 3)):
        session.send("Page.setFontSizes", {"fontSizes": {"standard": size, "fixed": 13}})
        page.goto(f"/jobs/{job.id}")
        shown = page.locator(".axis text:visible")
        expect(shown).to_have_count(labels)
        boxes = [box for one in shown.all() if (box := one.bounding_box())]
        assert len(boxes) == labels
        for left, right in pairwise(boxes):
            assert left["x"] + left["width"] + 4 < right["x"]
