"""The viewer: pictures of any shape, verdicts one after the other, and the browser's Back."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import (
    close_with_escape,
    drop,
    expect_count,
    finish,
    names_in,
    set_confidence,
)
from tests.red_circle.drawing import draw, encoded

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def write_shapes(file: Path, sizes: list[tuple[int, int]]) -> None:
    """A zip with a red circle of each size, all of them different."""
    with zipfile.ZipFile(file, "w") as archive:
        for seed, size in enumerate(sizes):
            drawing = draw(seed, red_circle=True, size=size)
            archive.writestr(f"{size[0]}x{size[1]}.png", encoded(drawing))


def opened(page: Page, name: str) -> Locator:
    """The viewer, open at a picture."""
    page.get_by_role("img", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text(name)
    return dialog


def box(page: Page, selector: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of an element, in pixels of the window."""
    bounds = page.locator(selector).bounding_box()
    assert bounds is not None
    left, top = bounds["x"], bounds["y"]
    return left, top, left + bounds["width"], top + bounds["height"]


def resize(page: Page, width: int, height: int) -> None:
    """Give the window another size and wait until the page is laid out in it."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(f"() => innerWidth === {width}")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def test_a_large_picture_of_any_shape_leaves_room_for_the_buttons(
    page: Page, tmp_path: Path
) -> None:
    archive, sizes = tmp_path / "shapes.zip", [(1080, 1920), (1920, 1080), (300, 2400)]
    write_shapes(archive, sizes)
    page.goto("/")
    drop(page, archive)
    finish(page)
    set_confidence(page, 0)
    for width, height in sizes:
        dialog = opened(page, f"{width}x{height}.png")
        expect(dialog.get_by_role("img").last).to_have_js_property("naturalWidth", width)
        for window in ((1280, 720), (360, 640)):
            resize(page, *window)
            left, top, right, bottom = box(page, ".viewer img")
            assert 0 <= left < right <= window[0]
            assert box(page, ".viewer > header")[3] <= top
            assert bottom <= box(page, ".viewer > footer")[1]
            assert (right - left) / (bottom - top) == pytest.approx(width / height, rel=0.02)
        page.keyboard.press("Escape")


def test_a_small_picture_is_shown_at_a_size_that_can_be_judged(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "small.zip"
    write_shapes(archive, [(80, 60)])
    page.goto("/")
    drop(page, archive)
    finish(page)
    set_confidence(page, 0)
    opened(page, "80x60.png")
    left, top, right, bottom = box(page, ".viewer img")
    assert (right - left, bottom - top) == pytest.approx((320, 240), abs=2)


def test_a_verdict_brings_the_next_picture(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "one by one.zip"
    write_shapes(archive, [(160, 100 + n) for n in range(4)])
    page.goto("/")
    drop(page, archive)
    finish(page)
    set_confidence(page, 0)
    first, second, third, last = names_in(page, "kept")
    dialog = opened(page, first)
    heading = dialog.get_by_role("heading")
    page.keyboard.press("x")
    expect(heading).to_contain_text(second)
    expect(dialog.get_by_role("button", name="Undo")).to_be_disabled()
    expect_count(page, "Kept", 3)
    dialog.get_by_role("button", name="Is Red circle").click()
    expect(heading).to_contain_text(third)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("u")
    expect(heading).to_contain_text(first)
    expect_count(page, "Kept", 4)

    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=first)).to_be_focused()
    page.get_by_role("link", name=third).focus()
    page.keyboard.press("x")
    expect(page.get_by_role("link", name=last)).to_be_focused()
    expect_count(page, "Kept", 3)
    page.keyboard.press("x")
    expect_count(page, "Kept", 2)
    expect(page.get_by_role("link", name=last)).to_be_focused()


def test_back_closes_the_viewer_and_stays_on_the_page(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "back.zip"
    write_shapes(archive, [(160, 120), (161, 120)])
    page.goto("/")
    drop(page, archive)
    finish(page)
    set_confidence(page, 0)
    result = page.url
    dialog = opened(page, names_in(page, "kept")[0])
    page.go_back()
    expect(dialog).to_be_hidden()
    assert page.url == result

    page.go_back()
    expect(page).not_to_have_url(result)


def test_a_viewer_reopened_before_the_browser_went_back_stays_open(
    page: Page, tmp_path: Path
) -> None:
    archive = tmp_path / "late.zip"
    write_shapes(archive, [(160, 120), (161, 120)])
    page.goto("/")
    drop(page, archive)
    finish(page)
    set_confidence(page, 0)
    result, (first, second) = page.url, names_in(page, "kept")
    dialog = opened(page, first)
    hold_back(page)
    page.keyboard.press("Escape")
    opened(page, second)
    page.keyboard.press("Escape")
    opened(page, first)
    let_back(page)
    expect(dialog).to_be_visible()
    assert page.evaluate("() => history.state") == "overlay"
    close_with_escape(page)

    opened(page, second)
    hold_back(page)
    page.keyboard.press("Escape")
    opened(page, first)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    let_back(page)
    assert page.evaluate("() => history.state") is None
    page.go_back()
    expect(page).not_to_have_url(result)


def hold_back(page: Page) -> None:
    """Delay the page's own history.back() until `let_back`."""
    page.evaluate("() => { history.back = () => {} }")


def let_back(page: Page) -> None:
    """Go back as the page wanted, and wait until the browser has done so."""
    page.evaluate("""() => new Promise((done) => {
        delete history.back;
        addEventListener("popstate", () => done(), { once: true });
        history.back();
    })""")


def test_a_name_of_any_length_leaves_room_for_the_picture(page: Page, tmp_path: Path) -> None:
    archive, name = tmp_path / "names.zip", "long " * 12_000 + ".png"
    with zipfile.ZipFile(archive, "w") as zf:
        zf.writestr(name, encoded(draw(1, red_circle=True, size=(800, 600))))
    page.goto("/")
    drop(page, archive)
    finish(page)
    set_confidence(page, 0)
    page.locator(".tile-picture").click()
    _, top, _, bottom = box(page, ".viewer > header")
    assert bottom - top < 100
    assert box(page, ".viewer img")[1] >= bottom
