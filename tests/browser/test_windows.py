"""Two windows of one result agree."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.archives import write_story
from tests.browser.steps import (
    count_of,
    drop,
    expect_count,
    find_download,
    finish,
    set_confidence,
    wait_for_confidence,
    wait_for_scripts,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_two_windows_agree_and_an_old_link_is_refused(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "windows.zip"
    write_story(archive, circles=4, others=4)
    page.goto("/")
    drop(page, archive)
    finish(page)
    wait_for_scripts(page)
    old_link = find_download(page, "kept").get_attribute("href") or ""
    other = page.context.new_page()
    other.goto(page.url)
    wait_for_scripts(other)

    set_confidence(page, 0)
    expect_count(other, "Kept", 8)
    wait_for_confidence(other, 0)
    for window in (page, other):
        link = find_download(window, "kept")
        expect(link).to_contain_text("Download 8 kept")
        assert window.request.get(link.get_attribute("href") or "").status == 200
    assert page.request.get(old_link).status == 409

    answer_first(other)
    expect_count(page, "Kept", 7)
    expect(find_download(page, "kept")).to_contain_text("Download 7 kept")
    new_link = find_download(page, "kept").get_attribute("href") or ""
    assert page.request.get(new_link).status == 200
    assert count_of(other, "Kept") == 7


def test_undo_in_another_window_is_about_the_newest_answer(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "undo.zip"
    write_story(archive, circles=3, others=3)
    page.goto("/")
    drop(page, archive)
    finish(page)
    wait_for_scripts(page)
    answer_first(page)
    expect_count(page, "Kept", 2)
    other = page.context.new_page()
    other.goto(page.url)
    wait_for_scripts(other)
    undo = other.get_by_role("button", name="Undo", exact=True)
    old = undo.get_attribute("title") or ""
    answer_first(page)
    expect(undo).not_to_have_attribute("title", old)
    newest = undo.get_attribute("title")
    with other.expect_response("**/verdicts/undo"):
        other.keyboard.press("Control+z")
    expect_count(other, "Kept", 2)
    expect(undo).to_have_attribute("title", old)
    assert newest != old
    expect(other.locator("#announcer")).to_contain_text("Undone: ")

    other.route("**/verdicts.json", lambda route: route.abort())  # as on another device
    with other.expect_event("requestfailed"):
        answer_first(page)
    other.keyboard.press("Control+z")
    message = "Your answers changed in another window, so nothing is undone yet."
    expect(other.locator("#announcer")).to_contain_text(message)
    for _ in range(2):
        with other.expect_response("**/verdicts/undo"):
            other.keyboard.press("Control+z")
    expect_count(other, "Kept", 3)
    other.keyboard.press("Control+z")
    expect(other.locator("#announcer")).to_have_text("Nothing is left to undo.")


def answer_first(page: Page) -> None:
    """Reject the first kept picture of the wall."""
    tile = page.locator("li[data-pile=kept]").first
    tile.hover()
    tile.get_by_role("button", name=re.compile("^not ")).click()


def test_a_window_that_is_looked_at_again_asks_what_another_device_changed(
    page: Page, tmp_path: Path
) -> None:
    archive = tmp_path / "devices.zip"
    write_story(archive, circles=3, others=3)
    page.goto("/")
    drop(page, archive)
    finish(page)
    wait_for_scripts(page)
    browser = page.context.browser
    assert browser is not None
    device = browser.new_context()  # no channel leads from it to the first window
    phone = device.new_page()
    phone.goto(page.url)
    set_confidence(phone, 0)
    device.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect_count(page, "Kept", 6)
    expect(find_download(page, "kept")).to_contain_text("Download 6 kept")
