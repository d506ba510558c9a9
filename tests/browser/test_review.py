"""Review mode: one picture after the other, by keys, mouse, fingers, and without script."""

from __future__ import annotations

import functools
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from ml.scoring.piles import Verdict
from tests.browser.conftest import PATIENCE_MS
from tests.browser.steps import FINISH_MS, open_filters, order_by, wait_for_scripts
from tests.red_circle.drawing import draw, encoded
from tests.running import Running, until
from tests.webapp.made import queued
from webapp.records import Job
from webapp.services import jobs, review, verdicts
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PICTURES = 8
LONG = 7
"""The picture with a very long name; it is also the smallest one."""


@functools.cache
def draw_members() -> dict[str, bytes]:
    """Pictures of many shapes in a folder."""
    shapes = [(320, 240), (240, 320), (1080, 1920), (1920, 1080), (300, 2400), (640, 200)]
    shapes += [(200, 640), (80, 60)]
    return {
        f"folder/{'long ' * (2_000 if n == LONG else 0)}{n}.png": encoded(
            draw(seed=n, red_circle=True, size=size)
        )
        for n, size in enumerate(shapes)
    }


@pytest.fixture
def job(stores: Stores) -> Job:
    """A finished job with 8 kept pictures: every picture reaches the confidence 0."""
    made = queued(stores, draw_members())
    over = until(lambda: jobs.get(stores, made.id).state.is_over, FINISH_MS / 1000)
    assert over
    return review.set_confidence(stores, made.id, 0.0)


def open_review(page: Page, job: Job, query: str = "pile=kept") -> None:
    """Open review mode, and wait until its script has the queue."""
    page.goto(f"/jobs/{job.id}/review?{query}")
    expect(page.locator("review-mode[data-ready]")).to_be_visible()


def read_verdicts(stores: Stores, job: Job) -> list[Verdict | None]:
    """The verdict on each picture, in archive order."""
    return [picture.verdict for picture in review.list_pictures(stores, job).pictures]


def wait_for_rejected(stores: Stores, job: Job, count: int) -> None:
    """Wait until the database has this many rejecting verdicts."""
    assert until(lambda: read_verdicts(stores, job).count(Verdict.IS_NOT) == count)


def expect_position(page: Page, position: int) -> None:
    """Wait until the review says which picture of the queue is shown."""
    expect(page.locator(".review-position")).to_contain_text(f"{position} of {PICTURES}")


def expect_name(page: Page, number: int) -> None:
    """Wait until the information is about this picture."""
    expect(page.get_by_role("heading", level=2)).to_contain_text(f"{number}.png")


def list_queue(page: Page, job: Job) -> list[int]:
    """The numbers in the order of the review."""
    answer = page.request.get(f"/jobs/{job.id}/review/queue.json?pile=kept").json()
    return [int(number) for number in answer["numbers"]]


def test_keys_answer_move_undo_and_end_with_a_summary(page: Page, stores: Stores, job: Job) -> None:
    open_review(page, job)
    order = list_queue(page, job)
    expect_position(page, 1)
    expect_name(page, order[0])
    page.keyboard.press("x")
    expect_position(page, 2)
    page.keyboard.press("p")
    expect_position(page, 3)
    page.keyboard.press("Space")
    expect_position(page, 4)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect_position(page, 1)
    expect_name(page, order[0])
    expect(page.get_by_role("button", name="Reject")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("u")
    expect(page.get_by_role("button", name="Undecided")).to_be_disabled()
    page.keyboard.press("Control+z")  # takes the U back
    expect(page.get_by_role("button", name="Reject")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("End")
    expect_position(page, PICTURES)
    page.keyboard.press("x")
    expect(page.get_by_role("heading", name="You have seen them all")).to_be_visible()
    expect(page.get_by_text("3 answered, 2 changed: 2 to Rejected.")).to_be_visible()
    expect(page.get_by_role("link", name="Download 6 kept")).to_be_visible()

    page.get_by_role("button", name="Undo all").click()
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    expect(page.get_by_role("button", name="Undo all")).to_be_hidden()
    assert read_verdicts(stores, job) == [None] * PICTURES


def test_every_verdict_survives_a_reload_and_can_be_undone(
    page: Page, stores: Stores, job: Job
) -> None:
    open_review(page, job)
    order = list_queue(page, job)
    for position in range(PICTURES - 1):
        expect_position(page, position + 1)
        page.keyboard.press("x")
    expect_position(page, PICTURES)
    wait_for_rejected(stores, job, PICTURES - 1)
    open_review(page, job)
    expect(page.locator(".review-position")).to_contain_text("1 of 1")
    expect_name(page, order[-1])
    for left in reversed(range(PICTURES - 1)):
        page.keyboard.press("Control+z")
        wait_for_rejected(stores, job, left)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    page.keyboard.press("Control+Shift+z")
    assert until(lambda: verdicts.read_history(stores, job.id)[1].undo_steps == 1)


def test_one_picture_fills_the_window_and_can_be_enlarged_and_compared(
    page: Page, job: Job
) -> None:
    open_review(page, job)
    panes = page.locator("zoom-pane")
    box = panes.first.bounding_box()
    assert box is not None
    assert box["width"] * box["height"] > 0.5 * 1280 * 900
    page.keyboard.press("z")
    expect(panes.first).to_have_attribute("data-enlarged", "")
    page.keyboard.press("z")
    expect(panes.first).not_to_have_attribute("data-enlarged", "")
    for count in (2, 3, 4, 1):
        page.keyboard.press("c")
        expect(panes).to_have_count(count)
        if count == 2:
            panes.first.hover()
            page.mouse.wheel(0, -300)  # enlarges both
            expect(page.locator("zoom-pane[data-enlarged]")).to_have_count(2)
    page.keyboard.press("i")
    expect(page.get_by_role("complementary", name="Information")).to_be_hidden()
    page.set_viewport_size({"width": 3840, "height": 2160})
    frame = page.get_by_role("navigation", name="Queue").get_by_role("button").first
    box = frame.bounding_box()
    assert box is not None
    assert box["width"] > 200


def test_a_picture_of_any_shape_and_name_leaves_room_for_the_buttons(page: Page, job: Job) -> None:
    for width, height in ((1280, 720), (360, 640)):
        page.set_viewport_size({"width": width, "height": height})
        open_review(page, job)
        for position, number in enumerate(list_queue(page, job)):
            expect_position(page, position + 1)
            image = page.locator("zoom-pane img")
            expect(image).to_have_attribute("src", f"/jobs/{job.id}/pictures/{number}")
            shape = image.evaluate("e => e.naturalWidth / e.naturalHeight")
            box, buttons = image.bounding_box(), page.locator(".review-verdicts").bounding_box()
            assert box is not None
            assert buttons is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= width
            assert 0 < box["y"] < box["y"] + box["height"] <= buttons["y"] < height
            assert box["width"] / box["height"] == pytest.approx(shape, rel=0.02)
            if width == 1280 and number == LONG:
                assert box["width"] == pytest.approx(4 * 80, abs=2)
            page.keyboard.press("ArrowRight")


def test_the_wall_opens_a_picture_and_shows_it_again_after_the_review(
    page: Page, stores: Stores, job: Job
) -> None:
    page.set_viewport_size({"width": 1000, "height": 400})
    page.goto(f"/jobs/{job.id}?pile=kept")
    wait_for_scripts(page)
    order_by(page, "By name")
    expect(page.locator("#p4")).to_have_attribute("aria-posinset", "5")
    page.get_by_role("link", name="folder/4.png").click()
    expect(page).to_have_url(re.compile(r"at=4&queue=wall$"))
    expect_position(page, 5)
    page.keyboard.press("x")
    expect_position(page, 6)
    page.keyboard.press("p")
    expect_position(page, 7)
    assert until(lambda: read_verdicts(stores, job)[4:6] == [Verdict.IS_NOT, Verdict.IS])
    page.keyboard.press("Escape")

    picture = page.get_by_role("link", name="folder/6.png")
    expect(picture).to_be_focused()
    expect(picture).to_be_in_viewport()
    open_filters(page)
    expect(page.get_by_role("combobox", name="Order")).to_have_value("name")
    expect(page.get_by_role("group", name="Filter")).to_contain_text("To review 6")
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Filter")).to_be_hidden()
    picture.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".review-position")).to_contain_text("5 of 6")
    page.go_back()
    expect(picture).to_be_focused()
    with page.context.expect_page() as opened:
        picture.click(button="middle")
    expect(opened.value).to_have_url(re.compile(r"/pictures/6$"))


def test_swipes_answer_on_a_phone(
    chromium: Browser, program: Running, stores: Stores, job: Job
) -> None:
    phone = chromium.new_context(
        base_url=program.url, viewport={"width": 360, "height": 800}, has_touch=True
    )
    phone.set_default_timeout(PATIENCE_MS)
    page = phone.new_page()
    open_review(page, job)
    order = list_queue(page, job)
    swipe(page, -150, 0)
    expect_position(page, 2)
    swipe(page, 150, 0)
    expect_position(page, 3)
    swipe(page, 0, 150)
    expect_position(page, 2)
    swipe(page, 30, 0)  # too short
    assert until(lambda: read_verdicts(stores, job).count(None) == PICTURES - 2)
    found = read_verdicts(stores, job)
    assert (found[order[0]], found[order[1]]) == (Verdict.IS_NOT, Verdict.IS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    phone.close()


def swipe(page: Page, across: int, along: int) -> None:
    """Move a finger over the picture."""
    session = page.context.new_cdp_session(page)
    for step in range(5):
        point = {"x": 180 + across * step / 4, "y": 350 + along * step / 4}
        kind = "touchStart" if step == 0 else "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def test_without_script_a_review_goes_from_picture_to_picture(
    scriptless: Page, stores: Stores, job: Job
) -> None:
    scriptless.goto(f"/jobs/{job.id}/review?pile=kept")
    scriptless.get_by_role("link", name="Next picture").click()
    expect(scriptless).to_have_url(re.compile(r"at=\d+"))
    scriptless.get_by_role("link", name="Previous picture").click()
    for left in reversed(range(1, PICTURES)):
        scriptless.get_by_role("button", name="Reject").click()
        expect(scriptless.locator(".review-position")).to_contain_text(f"of {left}")
    scriptless.get_by_role("button", name="Undo", exact=True).click()
    expect(scriptless.locator(".review-position")).to_contain_text("of 2")
    for _ in range(2):
        scriptless.get_by_role("button", name="Keep").click()
    expect(scriptless.get_by_text("Nothing is left to review here")).to_be_visible()
    assert sorted(map(str, read_verdicts(stores, job))) == ["is"] * 2 + ["is_not"] * 6


def test_h_lays_a_map_over_the_picture_and_follows_it(page: Page, job: Job) -> None:
    open_review(page, job)
    sight = page.locator("zoom-pane .sight")
    page.keyboard.press("h")
    expect(sight).to_have_count(1)
    expect(page.locator("[data-part=why]")).to_contain_text("Also looks like")
    image, over = page.locator("zoom-pane img").bounding_box(), sight.bounding_box()
    assert image
    assert over
    for side in ("x", "y", "width", "height"):
        assert abs(image[side] - over[side]) < 2
    words = page.locator("[data-part=why]").inner_html()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "(before) => { const part = document.querySelector('[data-part=why]');"
        " return part.textContent.includes('Also') && part.innerHTML !== before; }",
        arg=words,
    )
    expect(sight).to_have_count(1)
    page.keyboard.press("h")
    expect(sight).to_have_count(0)
