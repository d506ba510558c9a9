"""The result page of many pictures: what moves and is fetched, what is seen, where Tab leads."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from bench.large_job import make_job
from tests.browser.steps import count_of, expect_count, open_pile, wait_for_scripts
from webapp.records import Job
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PICTURES = 400
LOADED_LATE = ("names.json", "mistakes.json")
"""What the page fetches whenever it has time."""
PLACES = "() => [...document.querySelectorAll('.tile')].map((one) => [one.id, one.style.translate])"
SHIFTS = """() => {
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""


@pytest.fixture
def job(stores: Stores) -> Job:
    """A finished job of drawn pictures, nearly all of them rejected."""
    return make_job(stores, PICTURES, target="red_circle", thumbnails=20)


def open_wall(page: Page, job: Job, pile: str = "rejected") -> None:
    page.goto(f"/jobs/{job.id}?pile={pile}&show=all")
    wait_for_scripts(page)
    expect(page.locator(".tile-loaded").first).to_be_visible()


def find_tools(page: Page) -> Locator:
    return page.locator("wall-tools")


def find_height(part: Locator) -> float:
    """The height in pixels of a part that is at the top of the window."""
    box = part.bounding_box()
    assert box is not None
    assert box["y"] == 0
    return box["height"]


def read_costs(page: Page) -> list[str]:
    """What the page says is wrong in the kept pictures, and left out."""
    return [page.locator(f"[data-{name}]").inner_text() for name in ("wrong", "left")]


def test_while_a_handle_is_held_nothing_is_fetched_and_no_tile_moves(page: Page, job: Job) -> None:
    open_wall(page, job)
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-wrong]")).not_to_have_text("…")
    before, said = page.evaluate(PLACES), read_costs(page)
    kept = count_of(page, "Kept")
    handle = page.get_by_role("slider", name="Kept from").bounding_box()
    assert handle is not None
    asked: list[str] = []

    def on_request(request: Request) -> None:
        asked.append(request.url.partition("?")[0])

    page.on("request", on_request)
    middle = handle["y"] + handle["height"] / 2
    value = page.get_by_role("slider", name="Kept from").evaluate("(e) => (e.value - e.min) / 1842")
    page.mouse.move(handle["x"] + 13 + (handle["width"] - 26) * value, middle)
    page.mouse.down()
    page.mouse.move(handle["x"] + 0.2 * handle["width"], middle, steps=12)
    expect(page.locator("score-plot[data-preview]")).to_be_visible()
    expect(page.locator(".tile-moved").first).to_be_visible()
    assert [address for address in asked if not address.endswith(LOADED_LATE)] == []
    assert page.evaluate(PLACES) == before
    assert count_of(page, "Kept") > kept
    assert (
        count_of(page, "Kept") + count_of(page, "Unsure") + count_of(page, "Rejected") == PICTURES
    )
    for now, then in zip(read_costs(page), said, strict=True):
        assert re.fullmatch(r"(about )?[\d,]+ (\(\d+ )?to [\d,]+\)?", now), "a range"
        assert now != then, "it follows the handle"
    with page.expect_request(f"**/jobs/{job.id}/thresholds"):
        page.mouse.up()
    expect(page.locator(".tile-moved")).to_have_count(0)


def test_a_long_pile_has_few_tiles_and_its_end_is_reached(page: Page, job: Job) -> None:
    open_wall(page, job)
    most = page.locator(".tile").count()
    for part in (0.3, 0.6, 1.0, 0.1, 1.0):
        page.evaluate("(part) => scrollTo(0, part * document.body.scrollHeight)", part)
        seen = page.locator(".tile-loaded").nth(10)
        expect(seen).to_be_attached()
        assert page.locator(".tile").count() < most + 60
    total = page.locator(".tile").last.get_attribute("aria-setsize")
    last = page.locator(f".tile[aria-posinset='{total}']")
    expect(last).to_be_in_viewport()
    expect(last).to_have_class(re.compile("tile-loaded"))
    places = page.locator(".tile").evaluate_all(
        "(tiles) => tiles.filter((one) => one.checkVisibility()"
        " && one.getBoundingClientRect().bottom > 0).map((one) => Number(one.ariaPosInSet))"
    )
    assert places == sorted(places)  # the order in which a screen reader reads them


def test_nothing_jumps_while_the_page_loads(page: Page, job: Job) -> None:
    for width, height in ((1440, 900), (360, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"/jobs/{job.id}?pile=rejected", wait_until="commit")
        page.evaluate(SHIFTS)
        wait_for_scripts(page)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("shift") < 0.05, f"at {width} pixels"


def test_back_leads_through_the_piles_to_the_same_place(page: Page, job: Job) -> None:
    open_wall(page, job)
    page.evaluate("scrollTo(0, 900)")
    open_pile(page, "Unsure")
    open_pile(page, "Kept")
    page.go_back()
    expect(page).to_have_url(re.compile("pile=unsure"))
    expect(find_tools(page).locator("[data-pile=unsure]")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(find_tools(page).locator("[data-pile=rejected]")).to_have_attribute(
        "aria-current", "true"
    )
    page.wait_for_function("Math.abs(scrollY - 900) < 5")
    expect(page.locator(".tile[data-pile=rejected]").first).to_be_attached()


@pytest.mark.parametrize(("width", "height"), [(360, 800), (1280, 720), (3840, 2000)])
def test_the_tools_are_one_line_that_opens_the_scores(
    page: Page, job: Job, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_wall(page, job)
    first = page.locator(".tile").first.bounding_box()
    assert first is not None
    assert first["y"] < 0.65 * height
    assert page.get_by_role("button", name="Scores, kept from").count() == 0
    page.evaluate("scrollTo(0, 700)")
    opener = page.get_by_role("button", name="Scores, kept from 95 %")
    expect(opener).to_be_visible()
    assert find_height(find_tools(page)) <= 56
    slider = page.get_by_role("slider", name="Kept from")
    expect(slider).not_to_be_in_viewport()
    opener.click()
    expect(slider).to_be_in_viewport()
    slider.press("ArrowLeft")
    expect(page.get_by_role("button", name="Scores, kept from 94 %")).to_be_attached()
    page.keyboard.press("Escape")
    expect(slider).not_to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_wall_is_one_stop_of_tab_and_a_skip_leads_to_it(page: Page, job: Job) -> None:
    open_wall(page, job)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the pictures")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".tile-picture").first).to_be_focused()
    page.keyboard.press("Tab")
    assert page.locator("picture-wall :focus").count() == 0
    page.evaluate("scrollTo(0, 3000)")  # the tile that Tab led to is gone
    expect(page.locator(".tile").first).not_to_have_attribute("aria-posinset", "1")
    expect(page.locator(".tile-picture[tabindex='0']")).to_have_count(1)


def test_an_end_of_the_slider_is_said(page: Page, job: Job) -> None:
    open_wall(page, job)
    page.get_by_role("slider", name="Kept from").press("End")
    expect(page.locator("#announcer")).to_contain_text("100 %: 0 kept")
    expect_count(page, "Kept", 0)


def test_what_a_failed_answer_said_goes_with_the_next_success(
    page: Page, job: Job, complaints: list[str]
) -> None:
    open_wall(page, job)
    refusal = {"ok": False, "error": "This answer could not be saved."}
    page.route("**/verdict", lambda route: route.fulfill(status=409, json=refusal), times=1)
    tile = page.locator(".tile-loaded").first
    tile.hover()
    tile.locator(".tile-is").click()
    message = page.get_by_role("status").filter(has_text="could not be saved")
    expect(message).to_be_visible()
    tile.hover()
    tile.locator(".tile-is").click()
    expect(message).to_have_count(0)
    complaints[:] = [one for one in complaints if "409" not in one]
