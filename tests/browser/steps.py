"""What a user does: drop, wait, open, download. Elements are found by role and label."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.running import until

FINISH_MS = 90_000  # the first worker's start included, on a busy machine


def drop(page: Page, *files: Path) -> None:
    """Drag files onto the page as `drag_and_release` does, and start the upload."""
    drag_and_release(page, *files)
    page.get_by_role("button", name="Upload and sieve").click()


def drag_and_release(page: Page, *files: Path) -> None:
    """Drag files from outside onto the page and release them, with real browser events."""
    where = {"x": 300, "y": 300}
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})


def finish(page: Page) -> None:
    """Wait until the job's page shows the result by itself."""
    expect(page.get_by_role("navigation", name="Piles")).to_be_visible(timeout=FINISH_MS)
    # Before its scripts run, a click on a tab loads the page again.
    page.wait_for_load_state()
    expect(page.locator("body[aria-busy]")).to_have_count(0)


def pile_link(page: Page, pile: str) -> Locator:
    """The tab of a pile."""
    piles = page.get_by_role("navigation", name="Piles")
    return piles.get_by_role("link", name=re.compile(rf"^{pile}\b"))


def open_pile(page: Page, pile: str) -> None:
    """Show a pile's pictures."""
    wait_for_scripts(page)
    pile_link(page, pile).click()
    expect(pile_link(page, pile)).to_have_attribute("aria-current", "true")
    page.wait_for_load_state()  # without scripts it is another page


def wait_for_scripts(page: Page) -> None:
    """Wait until the result's scripts have all pictures; without scripts, do not wait."""
    page.wait_for_load_state()
    if page.locator("picture-wall[data-virtual]").count():
        expect(page.locator(".scores rect").first).to_be_attached()


def open_filters(page: Page) -> None:
    """Open what the wall can be filtered and ordered by."""
    button = page.get_by_role("button", name="Filter:")
    if button.is_visible() and not page.get_by_role("group", name="Filter").is_visible():
        button.click()
    expect(page.get_by_role("group", name="Filter")).to_be_visible()


def order_by(page: Page, order: str) -> None:
    """Show the wall in another order."""
    open_filters(page)
    page.get_by_role("combobox", name="Order").select_option(order)
    page.keyboard.press("Escape")


def show_all(page: Page) -> None:
    """Show the pile's pictures with a verdict, too."""
    open_filters(page)
    page.get_by_role("group", name="Filter").get_by_role("link", name=re.compile("^All")).click()
    expect(page.get_by_role("button", name="Filter: All")).to_be_visible()


def count_of(page: Page, pile: str) -> int:
    """The number on a pile's tab."""
    return int(pile_link(page, pile).inner_text().split()[-1].replace(",", ""))


def expect_count(page: Page, pile: str, count: int) -> None:
    """Wait until a pile's tab shows `count`."""
    expect(pile_link(page, pile)).to_have_text(re.compile(rf"\b{count:,}\s*$"))


def names_in(page: Page, pile: str) -> list[str]:
    """Paths of the pictures in the gallery, in its order."""
    tiles = page.locator(f"li[data-pile={pile}]")
    return [str(tile.get_by_role("img").first.get_attribute("alt")) for tile in tiles.all()]


def set_confidence(page: Page, value: float) -> None:
    """Type both thresholds, so that nothing is unsure, and wait until they are saved."""
    wait_for_scripts(page)
    for label in ("Kept from", "Unsure from"):
        field = page.get_by_role("textbox", name=label)
        field.fill(f"{100 * value:g} %")
        field.press("Enter")
        expect(page.locator("score-plot:not([data-preview])")).to_be_visible()
    wait_for_confidence(page, value)


def wait_for_confidence(page: Page, value: float) -> None:
    """Wait until the page shows this confidence as saved."""
    field = page.get_by_role("textbox", name="Kept from")
    expect(field).to_have_value(re.compile(rf"^{100 * value:g}\s?%$"))
    expect(page.locator("score-plot:not([data-preview])")).to_be_visible()


def find_download(page: Page, pile: str) -> Locator:
    """The link that downloads a pile; it opens the menu if the link is there."""
    links = page.locator("download-links")
    if pile == "kept":
        return links.get_by_role("link", name=re.compile("^Download"))
    if not links.locator("details[open]").count():
        links.locator("summary").click()
    return links.get_by_role("link", name=re.compile(f"^{pile}", re.IGNORECASE))


def download(page: Page, pile: str, folder: Path) -> bytes:
    """Click the link that downloads a pile; returns the zip's bytes."""
    with page.expect_download() as started:
        find_download(page, pile).click()
    file = folder / f"{pile}.zip"
    started.value.save_as(file)
    return file.read_bytes()


def expect_uncovered(element: Locator) -> None:
    """Wait until nothing lies over the right end of an element."""
    is_uncovered = """e => (({ right, top, bottom }) =>
      document.elementFromPoint(right - 4, (top + bottom) / 2) === e)(e.getBoundingClientRect())"""
    assert until(lambda: bool(element.evaluate(is_uncovered)))
