"""What a user does, in words: drop, wait, look, download. Found by role and label, as users do."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

FINISH_MS = 40_000  # the first worker's start included, on a busy machine


def drop(page: Page, *files: Path) -> None:
    """Drag files from outside onto the drop zone and let go, as the browser itself sees it."""
    zone = page.locator("upload-drop").bounding_box()
    assert zone is not None
    where = {"x": zone["x"] + zone["width"] / 2, "y": zone["y"] + zone["height"] / 3}
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})


def finish(page: Page) -> None:
    """Wait until the job's page shows the result, without a reload by hand."""
    expect(page.get_by_role("navigation", name="Piles")).to_be_visible(timeout=FINISH_MS)
    page.wait_for_load_state()  # until its scripts have run, a click on a picture leaves the page


def pile_link(page: Page, pile: str) -> Locator:
    """The tab of a pile."""
    piles = page.get_by_role("navigation", name="Piles")
    return piles.get_by_role("link", name=re.compile(rf"^{pile}\b"))


def open_pile(page: Page, pile: str) -> None:
    """Show a pile's pictures."""
    pile_link(page, pile).click()
    expect(pile_link(page, pile)).to_have_attribute("aria-current", "page")
    settled(page, f"[data-pile={pile.lower()}]")
    page.wait_for_load_state()  # without scripts it is another page


def settled(page: Page, such: str = "") -> None:
    """Wait until the gallery shows what it was last asked for."""
    expect(page.locator(f"pile-gallery{such}:not([aria-busy=true])")).to_be_visible()


def close_with_escape(page: Page) -> None:
    """Close the large view, and wait until the browser is back in the page's own history entry."""
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.wait_for_function("() => history.state === null")


def count_of(page: Page, pile: str) -> int:
    """The number on a pile's tab."""
    return int(pile_link(page, pile).inner_text().split()[-1].replace(",", ""))


def expect_count(page: Page, pile: str, count: int) -> None:
    """Wait until a pile's tab says `count`."""
    expect(pile_link(page, pile)).to_have_text(re.compile(rf"\b{count:,}\s*$"))


def names_in(page: Page, pile: str) -> list[str]:
    """Paths of the pictures that the gallery shows, in its order."""
    tiles = page.locator(f"li[data-pile={pile}]")
    return [str(tile.get_by_role("img").first.get_attribute("alt")) for tile in tiles.all()]


def set_confidence(page: Page, value: float) -> None:
    """Move the slider and let go, and wait until that is kept."""
    page.get_by_role("slider", name="Confidence").fill(str(value))
    confidence_is_kept(page, value)


def confidence_is_kept(page: Page, value: float) -> None:
    """Wait until the page says that it keeps this confidence, and shows the pictures by it."""
    expect(page.locator("#announcer")).to_contain_text(f"Confidence {value:g}:")
    settled(page)


def download(page: Page, pile: str, folder: Path) -> bytes:
    """Click the link that downloads a pile; its bytes."""
    with page.expect_download() as started:
        page.get_by_role("link", name=re.compile(rf"^Download .*{pile}")).click()
    file = folder / f"{pile}.zip"
    started.value.save_as(file)
    return file.read_bytes()
