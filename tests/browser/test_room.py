"""What a page shows has room: nothing lies over an edge, and labels stay readable."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bench.large_job import make_job
from tests.archives import write_story
from tests.browser.audit import sideways_scroll
from tests.browser.steps import drag_and_release, open_pile, wait_for_scripts
from webapp.records import Job
from webapp.services import review
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
OVER_EDGE = """(outer) => [...outer.querySelectorAll('*')].filter((one) =>
  one.getBoundingClientRect().right > outer.getBoundingClientRect().right + 1)
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def job(stores: Stores) -> Job:
    """A finished job of drawn pictures, with some in every pile."""
    made = make_job(stores, 240, target="red_circle", thumbnails=10)
    review.set_confidence(stores, made.id, 0.95, 0.01)
    return made


def test_a_card_of_a_job_holds_its_content_beside_a_taller_one(
    page: Page, stores: Stores, job: Job
) -> None:
    long = make_job(stores, 12, target="red_circle", thumbnails=4)
    with stores.writing() as tables:
        tables.jobs.save(dataclasses.replace(long, name="a long name of an archive " * 4 + ".zip"))
    page.goto("/")
    cards = page.locator(".job-card")
    expect(cards).to_have_count(2)
    assert cards.evaluate_all(f"(cards) => cards.flatMap({OVER_EDGE})") == []


def test_the_question_before_jobs_are_deleted_fits_on_a_phone(page: Page, job: Job) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/jobs")
    page.get_by_role("checkbox", name=f"Select {job.name}").check()
    page.locator("#selection summary").click()
    button = page.get_by_role("button", name="Delete the selected jobs")
    expect(button).to_be_visible()
    assert sideways_scroll(page) == 0
    box = page.locator("#selection details > div").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("width", [1000, 1280])
def test_what_answers_for_all_in_view_is_never_cut(page: Page, job: Job, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/jobs/{job.id}?pile=kept")
    open_pile(page, "Unsure")
    reject = page.get_by_role("button", name="Reject all")
    expect(reject).to_be_visible()
    box = reject.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= width
    button = page.locator(".filters-button")
    assert button.evaluate("(e) => e.scrollWidth <= e.clientWidth"), "its icon lies over its word"


def test_no_label_of_the_scrubber_lies_below_its_thumb(page: Page, job: Job) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto(f"/jobs/{job.id}?pile=rejected")
    wait_for_scripts(page)
    labels = page.locator("wall-scrubber [data-part=labels] span")
    expect(labels.first).to_be_hidden()
    expect(labels.nth(1)).to_be_visible()
    page.get_by_role("slider", name="Place in this pile").press("End")
    expect(labels.first).to_be_visible()


def test_the_form_of_a_drop_can_be_closed(page: Page, job: Job, tmp_path: Path) -> None:
    archive = tmp_path / "dropped.zip"
    write_story(archive, circles=1, others=1)
    page.goto("/jobs")
    page.wait_for_load_state()
    drag_and_release(page, archive)
    form = page.get_by_role("dialog", name="New upload")
    expect(form).to_contain_text(archive.name)
    form.get_by_role("button", name="Close").click()
    expect(form).to_have_count(0)
    expect(page.get_by_role("link", name=job.name)).to_be_visible()


@pytest.mark.parametrize("address", ["/", "/characters", "/settings"])
def test_the_links_to_all_pages_are_one_line_on_a_small_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address)
    tops = "(links) => links.map((link) => link.getBoundingClientRect().top)"
    assert len(set(page.locator(".site-head nav a").evaluate_all(tops))) == 1


def test_the_character_of_a_drop_is_in_the_line_of_its_label(
    page: Page, job: Job, tmp_path: Path
) -> None:
    archive = tmp_path / "dropped.zip"
    write_story(archive, circles=1, others=1)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/jobs")
    page.wait_for_load_state()
    drag_and_release(page, archive)
    form = page.get_by_role("dialog", name="New upload")
    label = form.get_by_text("Looking for").bounding_box()
    field = form.get_by_role("combobox", name="Looking for").bounding_box()
    assert label is not None
    assert field is not None
    assert field["y"] < label["y"] + label["height"] / 2 < field["y"] + field["height"]
    assert field["x"] > label["x"] + label["width"]
