"""The main story: drop a zip, watch it, move the slider, correct a picture, download."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.archives import assert_same_members, write_story
from tests.browser.steps import (
    close_with_escape,
    count_of,
    download,
    drop,
    expect_count,
    finish,
    names_in,
    open_pile,
    set_confidence,
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
    piles = {pile: count_of(page, pile) for pile in ("Kept", "Rejected", "Unreadable", "Skipped")}
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
    posted = [sent.url for sent in requests if sent.method == "POST"]
    assert posted == 3 * [f"{page.url}/confidence"], "something else was asked for than the border"

    page.reload()
    assert count_of(page, "Kept") == between
    expect(page.get_by_role("spinbutton", name="Confidence")).to_have_value("0.5")


def test_a_confidence_that_could_not_be_saved_goes_back(
    page: Page, complaints: list[str], tmp_path: Path
) -> None:
    archive = tmp_path / "broken off.zip"
    write_story(archive, circles=3, others=3)
    page.goto("/")
    drop(page, archive)
    finish(page)
    before = count_of(page, "Kept")
    expect(page.locator(".histogram rect")).to_have_count(50)  # the counts are there to follow
    held: list[Route] = []  # the page is watched before it gets an answer
    page.route("**/confidence", lambda route: held.append(route))
    slider = page.get_by_role("slider", name="Confidence")
    with page.expect_request("**/confidence"):
        slider.fill("0")
    expect_count(page, "Kept", 6)
    for route in held:
        route.abort()
    expect(page.get_by_role("status")).to_contain_text("is 0.95 again")
    expect(page.get_by_role("status")).to_contain_text("Is it still running?")
    expect(slider).to_have_value("0.95")
    expect_count(page, "Kept", before)
    complaints[:] = [one for one in complaints if "ERR_FAILED" not in one]


def test_a_verdict_on_copies_fetches_the_histogram_once(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "copies.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        for number in range(5):
            zf.writestr(f"{number}.png", encoded(draw(1, red_circle=True)))
    page.goto("/")
    drop(page, archive)
    finish(page)
    expect(page.locator(".histogram rect")).to_have_count(50)  # asked for once, when it opened
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url.rpartition("/")[2]))
    with page.expect_response("**/counts.json"):
        page.get_by_role("button", name="Is not Red circle").first.click()
    expect_count(page, "Kept", 0)
    expect(page.get_by_text("Your choice: not Red circle")).to_have_count(5)
    with page.expect_response("**/counts.json"):
        page.get_by_role("button", name="Undo your choice").first.click()
    expect_count(page, "Kept", 5)
    assert asked.count("verdict") == asked.count("counts.json") == 2


def test_one_click_corrects_a_picture_and_the_download_follows(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "verdicts.zip"
    write_story(archive, circles=4, others=4)
    page.goto("/")
    drop(page, archive)
    finish(page)
    open_pile(page, "Rejected")
    before = count_of(page, "Kept")
    tile = page.get_by_role("listitem").filter(has_text="other-2.")
    tile.get_by_role("button", name="Is Red circle").click()
    expect_count(page, "Kept", before + 1)

    page.reload()
    open_pile(page, "Kept")
    kept = names_in(page, "kept")
    assert any("other-2." in name for name in kept)
    assert_same_members(download(page, "kept", tmp_path), archive, in_order(archive, kept))
    rejected = [n for n in names_of_pictures(archive) if n not in kept]
    assert_same_members(download(page, "rejected", tmp_path), archive, rejected)


def test_pictures_in_view_are_rejected_in_one_click_and_back(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "bulk.zip"
    write_story(archive, circles=4, others=4)
    page.goto("/")
    drop(page, archive)
    finish(page)
    set_confidence(page, 0)
    page.get_by_role("listitem").filter(has_text="circle-1.").get_by_role(
        "button", name="Is Red circle"
    ).click()
    expect(page.get_by_text("Your choice: Red circle")).to_have_count(1)
    page.get_by_role("button", name="Reject all 7 in view").click()
    expect_count(page, "Rejected", 7)  # the earlier verdict stays
    expect(page.locator("#announcer")).to_have_text("7 pictures marked as not Red circle.")

    open_pile(page, "Rejected")
    expect(page.get_by_text("Your choice: not Red circle")).to_have_count(7)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect_count(page, "Kept", 8)
    expect(page.get_by_text("Your choice: not Red circle")).to_have_count(0)


def test_only_the_pictures_in_view_are_rejected(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        for number in range(40):
            zf.writestr(f"{number}.png", encoded(draw(number, red_circle=True)))
    page.set_viewport_size({"width": 1280, "height": 700})
    page.goto("/")
    drop(page, archive)
    finish(page)
    set_confidence(page, 0)
    button = page.get_by_role("button", name="in view")
    first_row = tiles_in_first_row(page)
    expect(button).to_have_text(re.compile(rf"Reject all ({first_row}|{2 * first_row}) in view"))
    count = int(button.inner_text().split()[2])
    button.click()
    expect_count(page, "Rejected", count)
    expect_count(page, "Kept", 40 - count)


def test_the_question_mark_lists_the_keys(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "keys.zip"
    write_story(archive, circles=2, others=2)
    page.goto("/")
    drop(page, archive)
    finish(page)
    keys = page.locator("[data-keys] p")
    expect(keys).to_be_hidden()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("?")
    expect(keys).to_be_hidden()


def test_a_picture_opens_large_and_the_keys_go_on(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "large.zip"
    write_story(archive, circles=3, others=3)
    page.goto("/")
    drop(page, archive)
    finish(page)
    first, second = names_in(page, "kept")[:2]
    page.get_by_role("img", name=first, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text(Path(first).name)
    width = dialog.get_by_role("img").last
    expect(width).to_have_js_property("naturalWidth", 160)
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("heading")).to_contain_text(Path(second).name)
    close_with_escape(page)


def tiles_in_first_row(page: Page) -> int:
    """How many tiles are beside each other."""
    tops: list[float] = page.locator(".tile").evaluate_all("all => all.map(e => e.offsetTop)")
    return tops.count(tops[0])


def in_order(archive: Path, names: list[str]) -> list[str]:
    """The names in the archive's order."""
    return [name for name in names_of_pictures(archive) if name in names]


def names_of_pictures(archive: Path) -> list[str]:
    """Members that show a drawing."""
    with zipfile.ZipFile(archive) as zf:
        return [n for n in zf.namelist() if "circle-" in n or "other-" in n]
