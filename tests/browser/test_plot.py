"""The bars of the scores say in words what they show, and agree with the estimates."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from bench.large_job import make_job
from ml.scoring.piles import Verdict
from tests.browser.steps import set_confidence, wait_for_scripts
from webapp.records import Job
from webapp.services import verdicts
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PICTURES = 2_000
WORDS = re.compile(
    r"^(?P<stretch>.+\s%): (?P<pictures>[\d,]+) pictures?, about (?P<target>[\d,.]+) of Mona"
    r"(, about (?P<wrong>[\d,.]+) in the wrong pile)?$"
)


@pytest.fixture
def job(stores: Stores) -> Job:
    """A finished job with scores all over the axis and beyond its ends."""
    return make_job(stores, PICTURES, target="red_circle", thumbnails=20)


def open_plot(page: Page, job: Job) -> Locator:
    """Open the result, and wait for the estimates. Returns the bars that have words."""
    with page.expect_response("**/mistakes.json"):
        page.goto(f"/jobs/{job.id}?pile=rejected&show=all")
    wait_for_scripts(page)
    expect(page.locator("[data-wrong]")).not_to_have_text("…")
    return page.locator(".scores [role=option]")


def read_bars(bars: Locator) -> list[re.Match[str]]:
    """The words of all bars."""
    found = [WORDS.match(str(bar.get_attribute("aria-label"))) for bar in bars.all()]
    assert all(found), [bar.get_attribute("aria-label") for bar in bars.all()]
    return [one for one in found if one]


def add_up(bars: list[re.Match[str]], name: str) -> float:
    return sum(float((bar[name] or "0").replace(",", "")) for bar in bars)


def read_middle(estimate: Locator) -> int:
    """The 14 of "about 14 (3 to 40)"; 0 of "0 to 6"."""
    found = re.match(r"about ([\d,]+) \(", estimate.inner_text())
    return int(found[1].replace(",", "")) if found else 0


def test_the_bars_add_up_to_what_the_page_says_in_total(page: Page, job: Job) -> None:
    bars = open_plot(page, job)
    for confidence in (0.5, 0.95):
        set_confidence(page, confidence)
        words = read_bars(bars)
        assert add_up(words, "pictures") == PICTURES
        total = sum(read_middle(page.locator(f"[data-{name}]")) for name in ("wrong", "left"))
        assert total > 5
        # Each bar belongs to one pile as a whole, and a sum of medians is not quite a median.
        assert add_up(words, "wrong") == pytest.approx(total, rel=0.35)
        table = page.get_by_role("table", name="Scores of the pictures")
        for column, name in ((2, "pictures"), (3, "target"), (4, "wrong")):
            cells = table.locator(f"tbody td:nth-child({column})").all_inner_texts()
            in_table = sum(int(cell.replace(",", "")) for cell in cells)
            assert add_up(words, name) == pytest.approx(in_table, abs=8 + len(words) / 20)


def test_pointer_and_arrow_keys_show_the_words_of_a_bar(page: Page, job: Job) -> None:
    bars = open_plot(page, job)
    assert len({bar["stretch"] for bar in read_bars(bars)}) == bars.count()
    words = page.locator(".bar-words")
    plot = page.get_by_role("listbox", name="Bars of the scores")
    box = plot.bounding_box()
    assert box is not None
    plot.hover(position={"x": box["width"] - 1, "y": 2})  # above the last bar, which may be low
    expect(words).to_have_text(str(bars.last.get_attribute("aria-label")))
    expect(words).to_contain_text("Above 99.98")
    page.mouse.move(0, 0)
    expect(words).to_be_hidden()

    plot.focus()
    expect(words).to_have_text(str(bars.first.get_attribute("aria-label")))
    expect(words).to_contain_text("Below 0.012")
    page.keyboard.press("ArrowRight")
    expect(words).to_have_text(str(bars.nth(1).get_attribute("aria-label")))
    expect(plot).to_have_attribute("aria-activedescendant", str(bars.nth(1).get_attribute("id")))
    expect(words).to_be_in_viewport(ratio=1)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(words).to_have_text(str(bars.first.get_attribute("aria-label")))
    page.keyboard.press("Tab")
    expect(words).to_be_hidden()


def test_answered_pictures_are_in_no_wrong_pile(page: Page, stores: Stores, job: Job) -> None:
    verdicts.set_verdicts(stores, job.id, range(PICTURES), Verdict.IS_NOT)
    words = read_bars(open_plot(page, job))
    assert add_up(words, "pictures") == PICTURES
    assert add_up(words, "target") == add_up(words, "wrong") == 0
    table = page.get_by_role("table", name="Scores of the pictures")
    assert set(table.locator("tbody td:nth-child(4)").all_inner_texts()) == {"0"}


def test_what_a_typed_threshold_pushed_down_comes_up_again(page: Page, job: Job) -> None:
    open_plot(page, job)
    kept = page.get_by_role("textbox", name="Kept from")
    unsure = page.get_by_role("textbox", name="Unsure from")
    for field, typed, below in (
        (kept, "95 %", None),
        (unsure, "40 %", "40 %"),
        (kept, "0 %", "0 %"),
        (kept, "20 %", "20 %"),
        (kept, "95 %", "40 %"),
        (unsure, "95 %", "95 %"),
        (kept, "98 %", "95 %"),
    ):
        field.fill(typed)
        field.press("Enter")
        expect(page.locator("score-plot:not([data-preview])")).to_be_visible()
        if below:
            expect(unsure).to_have_value(re.compile(rf"^{below.replace(' ', '.')}$"))
