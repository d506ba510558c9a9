"""The wall: selecting, also without script; the scrubber; the filters on a phone."""

from __future__ import annotations

import re
import zipfile

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from ml.scoring.piles import Pile, Verdict
from tests.browser.conftest import PATIENCE_MS
from tests.browser.steps import FINISH_MS, expect_uncovered, order_by, pile_link, wait_for_scripts
from tests.browser.test_axe import find_violations
from tests.red_circle.drawing import draw, encoded
from tests.running import Running, until
from tests.webapp.made import queued
from webapp.records import Job
from webapp.services import jobs, review
from webapp.storage import Stores
from webapp.storage.picture_query import PictureQuery

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PICTURES = 40


@pytest.fixture
def job(stores: Stores) -> Job:
    """A finished job whose pictures are all rejected."""
    members = {f"{n:02}.png": encoded(draw(seed=n, red_circle=True)) for n in range(PICTURES)}
    made = queued(stores, members)
    assert until(lambda: jobs.get(stores, made.id).state.is_over, FINISH_MS / 1000)
    return review.set_confidence(stores, made.id, 1.0, 1.0)


def open_wall(page: Page, job: Job) -> None:
    """Show the rejected pictures in the archive's order."""
    page.goto(f"/jobs/{job.id}?pile=rejected&show=all")
    wait_for_scripts(page)
    order_by(page, "As in the archive")
    expect(tile(page, 0)).to_have_attribute("aria-posinset", "1")


def tile(page: Page, number: int) -> Locator:
    return page.locator(f"#p{number}")


def expect_selected(page: Page, numbers: list[int]) -> None:
    """Wait until exactly these pictures are selected."""
    bar = page.get_by_role("group", name="Selected pictures")
    if not numbers:
        expect(bar).to_be_hidden()
        return
    expect(bar).to_contain_text(f"{len(numbers)} selected")
    boxes = page.get_by_role("checkbox", name="Select", checked=True)
    assert sorted(int(box.get_attribute("value") or "") for box in boxes.all()) == numbers


def count_verdicts(stores: Stores, job: Job, verdict: Verdict | None) -> int:
    pictures = review.list_pictures(stores, job).pictures
    return [picture.verdict for picture in pictures].count(verdict)


def test_clicks_with_ctrl_and_shift_select_and_one_verdict_is_one_step(
    page: Page, stores: Stores, job: Job
) -> None:
    open_wall(page, job)
    tile(page, 1).get_by_role("link").click(modifiers=["ControlOrMeta"])
    tile(page, 4).get_by_role("link").click(modifiers=["Shift"])
    expect_selected(page, [1, 2, 3, 4])
    tile(page, 2).get_by_role("link").click(modifiers=["Shift"])  # the range becomes shorter
    expect_selected(page, [1, 2])
    tile(page, 6).get_by_role("link").click()
    tile(page, 6).get_by_role("checkbox").click()
    tile(page, 7).get_by_role("link").click()
    expect_selected(page, [1, 2, 7])
    bar = page.get_by_role("group", name="Selected pictures")
    bar.get_by_role("button", name="Keep").click()
    expect_selected(page, [])
    assert until(lambda: count_verdicts(stores, job, Verdict.IS) == 3)
    page.keyboard.press("Control+z")
    assert until(lambda: count_verdicts(stores, job, None) == PICTURES)


def test_the_selection_is_downloaded(page: Page, job: Job) -> None:
    open_wall(page, job)
    page.keyboard.press("Control+a")
    bar = page.get_by_role("group", name="Selected pictures")
    expect(bar).to_contain_text(f"{PICTURES} selected")
    page.keyboard.press("Escape")
    for number in (0, 1):
        tile(page, number).get_by_role("link").click(modifiers=["ControlOrMeta"])
    for way in ("bar", "menu"):
        if way == "menu":
            page.get_by_label("More downloads").click()
        within = page.locator("selection-bar" if way == "bar" else "download-links")
        with page.expect_download() as started:
            within.get_by_role("button", name=re.compile("Download|Selected")).click()
        assert zipfile.ZipFile(started.value.path()).namelist() == ["00.png", "01.png"]
    page.keyboard.press("Escape")  # closes the menu
    page.keyboard.press("Escape")
    expect_selected(page, [])


def test_keys_select_and_answer(page: Page, stores: Stores, job: Job) -> None:
    open_wall(page, job)
    tile(page, 0).get_by_role("link").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    expect_selected(page, [1, 2])
    expect(tile(page, 2).get_by_role("link")).to_be_focused()
    page.keyboard.press("x")
    expect_selected(page, [])
    assert until(lambda: count_verdicts(stores, job, Verdict.IS_NOT) == 2)
    for number in (6, 7):
        tile(page, number).get_by_role("link").click(modifiers=["ControlOrMeta"])
    page.keyboard.press("c")
    expect(page.locator("zoom-pane")).to_have_count(2)
    expect(page.locator(".review-position")).to_contain_text("2 of 2")
    page.go_back()
    wait_for_scripts(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_the_lasso_selects_what_its_frame_touches(page: Page, job: Job) -> None:
    open_wall(page, job)
    first, last = tile(page, 0).bounding_box(), tile(page, 2).bounding_box()
    assert first is not None
    assert last is not None
    page.mouse.move(first["x"] + 20, first["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + 20, last["y"] + 60, steps=4)
    page.mouse.up()
    expect_selected(page, [0, 1, 2])
    expect(page).to_have_url(re.compile(r"\?pile=rejected"))  # the drag opened no picture
    page.mouse.move(last["x"] + 20, last["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + 20, last["y"] + 60, steps=4)
    expect_selected(page, [2])
    page.keyboard.press("Escape")
    expect_selected(page, [0, 1, 2])
    page.mouse.up()


def test_a_long_press_selects_on_a_phone(
    chromium: Browser, program: Running, stores: Stores, job: Job
) -> None:
    phone = chromium.new_context(
        base_url=program.url, viewport={"width": 390, "height": 800}, has_touch=True
    )
    phone.set_default_timeout(PATIENCE_MS)
    page = phone.new_page()
    page.goto(f"/jobs/{job.id}?pile=rejected&show=all")
    wait_for_scripts(page)
    tiles = page.locator(".tile")
    box = tiles.first.bounding_box()
    assert box is not None
    session = phone.new_cdp_session(page)
    point = {"x": box["x"] + 30, "y": box["y"] + 30}
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    bar = page.get_by_role("group", name="Selected pictures")
    expect(bar).to_contain_text("1 selected")
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tiles.nth(1).get_by_role("link").tap()
    expect(bar).to_contain_text("2 selected")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    bar.get_by_role("button", name="Clear").tap()
    expect(bar).to_be_hidden()
    phone.close()


def test_a_swipe_keeps_or_rejects_and_up_and_down_scrolls(
    chromium: Browser, program: Running, stores: Stores, job: Job
) -> None:
    phone = chromium.new_context(
        base_url=program.url, viewport={"width": 390, "height": 700}, has_touch=True
    )
    phone.set_default_timeout(PATIENCE_MS)
    page = phone.new_page()
    page.goto(f"/jobs/{job.id}?pile=rejected&show=all")
    wait_for_scripts(page)
    first, second = (
        int(one.get_attribute("data-number") or "") for one in page.locator(".tile").all()[:2]
    )
    swipe(page, tile(page, first), 20, 0)  # too short
    swipe(page, tile(page, second), -90, 10)
    expect(tile(page, second)).to_have_attribute("data-verdict", "is_not")
    swipe(page, tile(page, first), 90, 10)
    expect(tile(page, first)).to_have_attribute("data-verdict", "is")
    assert count_verdicts(stores, job, None) == PICTURES - 2
    undo = page.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_in_viewport(ratio=1)  # the bar is wider than the window
    undo.tap()
    expect(tile(page, first)).to_have_attribute("data-verdict", "")
    swipe(page, tile(page, first), 15, -250)
    page.wait_for_function("scrollY > 100")
    page.evaluate("scrollTo(0, 900)")  # the scores' button comes, and moves the tabs
    expect(page.locator("wall-tools[data-scrolled]")).to_be_visible()
    expect_uncovered(pile_link(page, "Rejected"))
    page.evaluate("scrollTo(0, 0)")
    swipe(page, tile(page, first), 90, 10)  # what was a scroll did not use the finger up
    expect(tile(page, first)).to_have_attribute("data-verdict", "is")
    assert count_verdicts(stores, job, None) == PICTURES - 2
    phone.close()


def swipe(page: Page, picture: Locator, across: int, along: int) -> None:
    """Move a finger from the middle of a picture."""
    box = picture.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for step in range(6):
        point = {"x": x + across * step / 5, "y": y + along * step / 5}
        kind = "touchStart" if step == 0 else "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    page.wait_for_timeout(300)  # a finger that rests leaves no scrolling behind that goes on
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def test_without_script_ticked_pictures_get_a_verdict(
    scriptless: Page, stores: Stores, job: Job
) -> None:
    scriptless.goto(f"/jobs/{job.id}?pile=rejected&show=all")
    for name in ("03.png", "05.png"):
        scriptless.get_by_role("checkbox", name=f"Select {name}").check()
    scriptless.get_by_role("group", name="Selected pictures").get_by_role(
        "button", name="Keep"
    ).click()
    assert review.count_piles(stores, job)[Pile.KEPT] == 2


def test_the_scrubber_leads_to_any_place_of_the_pile(page: Page, job: Job) -> None:
    page.set_viewport_size({"width": 1280, "height": 450})
    open_wall(page, job)
    scrubber = page.get_by_role("slider", name="Place in this pile")
    expect(scrubber).to_have_attribute("aria-valuetext", f"1, 1 of {PICTURES}")
    scrubber.focus()
    page.keyboard.press("End")
    expect(tile(page, PICTURES - 1)).to_be_in_viewport(ratio=0.5)
    page.keyboard.press("Home")
    expect(tile(page, 0)).to_be_in_viewport(ratio=0.5)
    page.keyboard.press("ArrowDown")
    expect(scrubber).not_to_have_attribute("aria-valuetext", f"1, 1 of {PICTURES}")
    box = scrubber.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 2)
    expect(tile(page, PICTURES - 1)).to_be_in_viewport(ratio=0.5)
    order_by(page, "Least likely first")
    expect(scrubber).to_have_attribute("aria-valuetext", re.compile(r"%, \d+ of 40$"))


def test_a_tile_has_its_picture_s_colour_until_that_is_loaded(
    page: Page, stores: Stores, job: Job
) -> None:
    page.set_viewport_size({"width": 1280, "height": 450})
    with stores.reading() as tables:
        rows = tables.columns.read_scored(PictureQuery.of(job))
    by_number = dict(zip(rows["number"].tolist(), rows["colour"].tolist(), strict=True))
    held: list[Route] = []
    page.route("**/thumbnails/*", lambda route: held.append(route))
    page.goto(f"/jobs/{job.id}?pile=rejected&show=all", wait_until="commit")
    scrubber = page.get_by_role("slider", name="Place in this pile")
    for place, key in ((1, "Home"), (PICTURES, "End")):
        scrubber.press(key)
        shown = page.locator(f".tile[aria-posinset='{place}']")
        expect(shown).to_be_in_viewport(ratio=0.5)
        number = int(shown.get_attribute("data-number") or "")
        colour = f"rgb({', '.join(str(17 * (by_number[number] >> n & 15)) for n in (8, 4, 0))})"
        expect(shown.get_by_role("link")).to_have_css("background-color", colour)
        expect(shown).not_to_have_class(re.compile("tile-loaded"))
    for route in held:
        route.continue_()
    expect(shown).to_have_class(re.compile("tile-loaded"))


def test_filters_are_a_sheet_on_a_phone(page: Page, job: Job) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/jobs/{job.id}?pile=rejected&show=all")
    wait_for_scripts(page)
    order = page.get_by_role("combobox", name="Order")
    expect(order).to_be_hidden()
    page.get_by_role("button", name="Filter").click()
    assert find_violations(page) == []
    order.select_option("As in the archive")
    expect(tile(page, 0)).to_have_attribute("aria-posinset", "1")
    name = page.get_by_role("searchbox", name="Name contains")
    name.fill("07")
    expect(page.locator(".tile")).to_have_count(1)
    name.fill("no such name")
    expect(page.get_by_text("No picture to show")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(order).to_be_hidden()
