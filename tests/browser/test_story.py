"""The main story: drop a zip, watch it, move the slider, correct a picture, download."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.archives import assert_same_members, write_story
from tests.browser.steps import (
    count_of,
    download,
    drop,
    expect_count,
    finish,
    names_in,
    open_filters,
    open_pile,
    set_confidence,
    show_all,
    wait_for_confidence,
    wait_for_scripts,
)
from tests.red_circle.drawing import draw, encoded

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_a_dropped_zip_comes_back_with_the_red_circles_only(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "Bilder ö.zip"
    write_story(archive)
    page.goto("/")
    drop(page, archive)
    finish(page)

    assert page.get_by_role("heading", level=1).inner_text() == "Bilder ö.zip"
    kept = names_in(page, "kept")
    assert sum("circle-" in name for name in kept) >= 11
    assert sum("other-" in name for name in kept) <= 1
    names = ("Kept", "Unsure", "Rejected", "Unreadable", "Skipped")
    piles = {pile: count_of(page, pile) for pile in names}
    assert sum(piles.values()) == 27
    assert (piles["Unreadable"], piles["Skipped"]) == (1, 2)

    assert_same_members(download(page, "kept", tmp_path), archive, in_order(archive, kept))


def test_the_slider_moves_pictures_at_once_and_for_good(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "slider.zip"
    write_story(archive, circles=6, others=6)
    page.goto("/")
    drop(page, archive)
    finish(page)
    requests: list[Request] = []
    page.on("request", lambda sent: requests.append(sent))

    set_confidence(page, 0)
    expect_count(page, "Kept", 12)
    expect_count(page, "Rejected", 0)
    assert len(names_in(page, "kept")) == 12
    set_confidence(page, 1)
    expect_count(page, "Kept", 0)
    expect_count(page, "Rejected", 12)
    set_confidence(page, 0.5)
    between = count_of(page, "Kept")
    assert 5 <= between <= 7
    posted = {sent.url for sent in requests if sent.method == "POST"}
    assert posted == {f"{page.url}/thresholds"}, "something else was asked for than thresholds"

    page.reload()
    assert count_of(page, "Kept") == between
    wait_for_confidence(page, 0.5)


def test_a_threshold_that_could_not_be_saved_goes_back(
    page: Page, complaints: list[str], tmp_path: Path
) -> None:
    archive = tmp_path / "broken off.zip"
    write_story(archive, circles=3, others=3)
    page.goto("/")
    drop(page, archive)
    finish(page)
    wait_for_scripts(page)
    before = count_of(page, "Kept")
    held: list[Route] = []  # the page is watched before it gets an answer
    page.route("**/thresholds", lambda route: held.append(route))
    with page.expect_request("**/thresholds"):
        page.get_by_role("slider", name="Kept from").fill("-921")
    expect_count(page, "Kept", 6)
    expect(page.locator("score-plot[data-preview]")).to_be_visible()
    for route in held:
        route.abort()
    expect(page.get_by_role("status")).to_contain_text("again. ")
    expect(page.get_by_role("status")).to_contain_text("Is it still running?")
    wait_for_confidence(page, 0.95)
    expect_count(page, "Kept", before)
    complaints[:] = [one for one in complaints if "ERR_FAILED" not in one]


def test_a_threshold_is_typed_as_a_percentage_and_nonsense_changes_nothing(
    page: Page, tmp_path: Path
) -> None:
    archive = tmp_path / "typed.zip"
    write_story(archive, circles=3, others=3)
    page.goto("/")
    drop(page, archive)
    finish(page)
    wait_for_scripts(page)
    field = page.get_by_role("textbox", name="Kept from")
    typings = (("90", 0.9), ("1", 0.01), ("1,0", 1.0), ("85 %", 0.85), ("0.8", 0.8), ("0,75", 0.75))
    for typed, value in typings:
        field.fill(typed)
        field.press("Enter")
        field.blur()
        wait_for_confidence(page, value)
    kept = count_of(page, "Kept")
    for nonsense in ("150", "much", "", "-3"):
        field.fill(nonsense)
        field.press("Tab")
        wait_for_confidence(page, 0.75)
        assert count_of(page, "Kept") == kept
    page.reload()
    wait_for_confidence(page, 0.75)


def test_one_click_corrects_a_picture_and_the_download_follows(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "verdicts.zip"
    write_story(archive, circles=4, others=4)
    page.goto("/")
    drop(page, archive)
    finish(page)
    open_pile(page, "Rejected")
    before = count_of(page, "Kept")
    tile = page.get_by_role("listitem").filter(has=page.get_by_role("img", name="other-2."))
    tile.hover()
    tile.get_by_role("button", name="Red circle", exact=True).click()
    expect_count(page, "Kept", before + 1)

    page.reload()
    open_pile(page, "Kept")
    show_all(page)
    kept = names_in(page, "kept")
    assert any("other-2." in name for name in kept)
    assert_same_members(download(page, "kept", tmp_path), archive, in_order(archive, kept))
    rejected = [n for n in names_of_pictures(archive) if n not in kept]
    assert_same_members(download(page, "rejected", tmp_path), archive, rejected)


def test_pictures_in_view_get_a_verdict_in_one_click_and_lose_it_again(
    page: Page, tmp_path: Path
) -> None:
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        for number in range(40):
            zf.writestr(f"{number}.png", encoded(draw(number, red_circle=True)))
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto("/")
    drop(page, archive)
    finish(page)
    set_confidence(page, 0)
    confirm = page.get_by_role("button", name=re.compile(r"^Confirm all \d+ in view$"))
    expect(confirm).to_be_enabled()
    expect(page.get_by_role("button", name=re.compile("^Reject"))).to_be_hidden()
    seen = click_and_read_count(confirm)
    assert 0 < seen < 40
    open_filters(page)
    chips = page.get_by_role("group", name="Filter")
    expect(chips.get_by_role("link", name=f"Answered {seen}")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(chips.get_by_role("link", name="Answered 0")).to_be_visible()

    set_confidence(page, 1)
    open_pile(page, "Rejected")
    reject = page.get_by_role("button", name=re.compile(r"^Reject all \d+ in view$"))
    expect(reject).to_be_enabled()
    rejected = click_and_read_count(reject)
    open_filters(page)
    expect(chips.get_by_role("link", name=f"Answered {rejected}")).to_be_visible()
    page.reload()
    open_filters(page)
    expect(chips.get_by_role("link", name=f"To review {40 - rejected}")).to_be_visible()


def in_order(archive: Path, names: list[str]) -> list[str]:
    """The names in the archive's order."""
    return [name for name in names_of_pictures(archive) if name in names]


def names_of_pictures(archive: Path) -> list[str]:
    """Members that show a drawing."""
    with zipfile.ZipFile(archive) as zf:
        return [n for n in zf.namelist() if "circle-" in n or "other-" in n]


def click_and_read_count(button: Locator) -> int:
    """Click a button and return the number that its label had then; the label may still count."""
    button.focus()
    label: str = button.evaluate(
        "(button) => { const label = button.innerText; button.click(); return label; }"
    )
    return int(label.split()[2])
