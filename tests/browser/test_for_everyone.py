"""Without script, without a mouse, on a narrow screen, in the dark."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.archives import assert_same_members, write_story
from tests.browser.audit import faults, sideways_scroll, small_targets
from tests.browser.steps import (
    FINISH_MS,
    count_of,
    download,
    drop,
    expect_count,
    find_download,
    finish,
    names_in,
    open_pile,
    show_all,
    wait_for_confidence,
    wait_for_scripts,
)
from tests.browser.test_settings import forgive

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_everything_works_without_javascript(scriptless: Page, tmp_path: Path) -> None:
    page, archive = scriptless, tmp_path / "plain.zip"
    write_story(archive, circles=4, others=4)
    page.goto("/")
    page.get_by_label("Choose an archive or pictures").set_input_files(archive)
    page.get_by_role("button", name="Upload").click()
    finish(page)  # the page loads itself again every few seconds
    expect(find_download(page, "rejected")).to_be_visible()

    page.get_by_role("textbox", name="Kept from").fill("100 %")
    page.get_by_role("textbox", name="Unsure from").fill("100 %")
    page.get_by_role("button", name="Apply").click()
    expect_count(page, "Kept", 0)
    open_pile(page, "Rejected")
    tile = page.get_by_role("listitem").filter(has_text="other-3.")
    tile.get_by_role("button", name="Red circle", exact=True).click()
    expect_count(page, "Kept", 1)
    open_pile(page, "Kept")
    show_all(page)
    (kept,) = names_in(page, "kept")
    assert "other-3." in kept
    assert_same_members(download(page, "kept", tmp_path), archive, [kept])

    open_pile(page, "Skipped")
    expect(page.get_by_text("read me.txt")).to_be_visible()
    page.get_by_label("More about this job").click()
    page.get_by_text("Delete…").click()
    page.get_by_role("button", name="Delete this job").click()
    expect(page.get_by_text("is deleted")).to_be_visible()


def test_the_whole_way_by_keyboard(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "keys.zip"
    write_story(archive, circles=4, others=4)
    with page.expect_file_chooser() as choosing:  # before the page: it takes a while
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        tab_to(page, page.get_by_role("button", name="Choose files"))
        page.keyboard.press("Enter")
    choosing.value.set_files(archive)
    expect(page.get_by_role("button", name="Upload and sieve")).to_be_focused()
    page.keyboard.press("Enter")
    finish(page)

    wait_for_scripts(page)
    menu = page.locator("download-links")
    tab_to(page, menu.locator("summary"))
    page.keyboard.press("Enter")
    expect(menu.locator("details[open]")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu.locator("details[open]")).to_have_count(0)
    expect(menu.locator("summary")).to_be_focused()
    slider = page.get_by_role("slider", name="Kept from")
    tab_to(page, slider)
    page.keyboard.press("ArrowLeft")
    wait_for_confidence(page, 0.94)
    page.keyboard.press("Shift+ArrowLeft")
    wait_for_confidence(page, 0.939)

    kept = count_of(page, "Kept")
    tab_to(page, page.locator("a.tile-picture").first)
    page.keyboard.press("Enter")
    expect(page.locator("review-mode[data-ready]")).to_be_visible()
    page.keyboard.press("x")  # and the next picture comes
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Reject")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    finish(page)
    expect_count(page, "Kept", kept - 1)


def test_large_letters_leave_a_field_beside_its_label(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/settings")
    page.evaluate("""() => {
        for (const one of document.querySelectorAll(".choices :is(label, select)"))
            one.style.fontSize = "24px";
    }""")
    label = page.get_by_text("Looking for", exact=True).bounding_box()
    field = page.get_by_label("Looking for").bounding_box()
    assert label
    assert field
    assert label["x"] + label["width"] <= field["x"]
    assert label["y"] < field["y"] + field["height"]
    assert field["y"] < label["y"] + label["height"]
    assert sideways_scroll(page) == 0


def test_every_page_has_names_landmarks_and_room(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "a rather long name of an archive, as they come.zip"
    write_story(archive, circles=3, others=3)
    page.goto("/")
    drop(page, archive)
    finish(page)
    job = page.url.partition("?")[0]
    pages = ["/", "/jobs", "/characters", "/characters/red_circle", "/settings"]
    pages += [f"{job}?pile={pile}" for pile in ("kept", "rejected", "unreadable", "skipped")]
    pages += [f"{job}/review?pile=kept", f"{job}/handover"]
    wrong = {}
    for width, scheme in ((1280, "light"), (360, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for address in pages:
            page.goto(address)
            broken = faults(page) + (small_targets(page) if width == 360 else [])
            if pixels := sideways_scroll(page):
                broken.append(f"it is {pixels} pixels wider than its window")
            if broken:
                wrong[address, width] = broken
    assert wrong == {}


def test_a_page_that_is_not_there_says_so(page: Page, complaints: list[str]) -> None:
    page.goto("/jobs/no-such-job-at-all")
    expect(page.get_by_role("alert")).to_contain_text("no job")
    assert faults(page) == []
    forgive(complaints, "404")


def test_a_text_file_is_refused_beside_the_drop_zone(
    page: Page, complaints: list[str], tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("no picture", encoding="utf-8")
    page.goto("/")
    drop(page, note)
    expect(page.get_by_role("alert")).to_contain_text("neither an archive nor a picture")
    page.goto("/jobs")
    expect(page.get_by_role("link", name="note.txt")).to_have_count(0)
    forgive(complaints, "422")


def test_several_archives_and_loose_pictures_become_jobs(page: Page, tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    for archive in (first, second):
        write_story(archive, circles=1, others=1)
    page.goto("/")
    drop(page, first, second)
    for archive in (first, second):
        link = page.get_by_role("link", name=archive.name).first
        expect(link).to_be_visible(timeout=FINISH_MS)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus, and see that the focus shows."""
    wanted.wait_for()
    for _ in range(80):
        if wanted.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
    style = "e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).boxShadow]"
    assert wanted.evaluate(style) != ["none", "none"], "the focus does not show"
