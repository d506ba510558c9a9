"""What the confidence costs follows the handle, and a sample bounds the rejected pile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.archives import write_story
from tests.browser.steps import drop, finish, open_pile, set_confidence

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_the_cost_follows_the_confidence_and_a_sample_is_checked(
    page: Page, tmp_path: Path
) -> None:
    archive = tmp_path / "cost.zip"
    write_story(archive, circles=6, others=6)
    page.goto("/")
    drop(page, archive)
    finish(page)
    left_out = page.locator("[data-left]")
    page.get_by_role("slider", name="Unsure from").press("Shift+ArrowRight")
    assert measure_room_below_ring(page) >= 0
    expect(left_out).to_have_text(re.compile(r"^(about \d+ \(\d+ to \d+\)|\d+( to \d+)?)$"))
    set_confidence(page, 0)
    expect(left_out).to_have_text("0")
    set_confidence(page, 1)
    expect(left_out).not_to_have_text("0")
    expect(page.locator(".scores .wrong:not([height='0.00'], [height='0'])").first).to_be_attached()
    table = page.get_by_role("table", name="Scores of the pictures")
    pictures = table.locator("tbody td:nth-child(2)").all_inner_texts()
    assert sum(int(text) for text in pictures) == 12
    open_pile(page, "Rejected")

    page.get_by_label("More about this job").click()
    page.get_by_role("link", name="Check a sample of the rejected pictures").click()
    page.get_by_role("button", name="Pick pictures at random").click()
    boxes = page.get_by_role("checkbox")
    expect(boxes.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(boxes.nth(1)).to_be_focused()
    page.keyboard.press("p")
    expect(boxes.nth(1)).to_be_checked()
    page.get_by_role("button", name=re.compile("^Done")).click()
    expect(page.get_by_text(re.compile(r"None of the \d+ pictures rejected"))).to_be_visible()
    page.get_by_role("link", name=re.compile("^Back to")).click()
    expect(page.get_by_text(re.compile(r"None of the \d+ pictures rejected"))).to_be_visible()

    certificate = page.locator("[data-certificate]")
    expect(certificate.locator("s")).to_have_count(0)
    set_confidence(page, 0.4)
    expect(certificate.locator("s")).to_have_text(re.compile(r"^None of the \d+ pictures rejected"))
    expect(certificate).to_contain_text("This no longer holds")
    page.reload()
    expect(certificate.locator("s")).to_be_visible()
    set_confidence(page, 1)
    expect(certificate.locator("s")).to_have_count(0)


def measure_room_below_ring(page: Page) -> float:
    """Return the pixels between the focus ring and the letters of the line below."""
    room: float = page.evaluate("""() => {
        const slider = document.activeElement;
        const ring = getComputedStyle(slider);
        const bottom = slider.getBoundingClientRect().bottom;
        return document.querySelector("[data-left]").getBoundingClientRect().top
            - bottom - parseFloat(ring.outlineOffset) - parseFloat(ring.outlineWidth);
    }""")
    return room
