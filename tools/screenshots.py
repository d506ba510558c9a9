"""Make the README's picture and one of every page: the real program, in a real browser, with drawn
pictures. The README's is docs/result.png, the others are in build/screenshots.

Usage: python -m tools.screenshots
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.archives import write_story
from tests.browser.conftest import chromium_options
from tests.browser.steps import drop, finish
from tests.browser.test_axe import list_addresses, list_pages
from tests.red_circle import artifact
from tests.running import Running, until
from webapp.config import Settings
from webapp.records import Preferences
from webapp.services import preferences
from webapp.storage import Stores

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = ROOT / "build" / "screenshots"
WIDTHS = (360, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZE: ViewportSize = {"width": 1200, "height": 800}


def take(page: Page, url: str, archive: Path) -> None:
    """Drop the archive, wait for the result page and save a picture of it."""
    page.goto(url)
    drop(page, archive)
    finish(page)
    images = page.locator("main img")
    expect(images.first).to_be_visible()
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")
    page.screenshot(path=DOCS / "result.png")


def take_every_page(page: Page, url: str, data: Path) -> None:
    """Save a picture of each page in both schemes and widths. `page` shows a result."""
    job_id = page.url.partition("?")[0].rpartition("/")[2]
    addresses = list_pages(page, [url + one for one in list_addresses(data, job_id)])
    addresses += [f"{url}/jobs/{job_id}?pile=rejected", f"{url}/no-such-page"]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800 if width < 800 else 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for address in addresses:
                page.goto(address, wait_until="networkidle")
                name = re.sub(r"\W+", "-", address.removeprefix(url).replace(job_id, "job"))
                page.screenshot(path=PAGES / f"{name.strip('-') or 'home'}-{width}-{scheme}.png")


def main() -> int:
    DOCS.mkdir(exist_ok=True)
    PAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data, archive = Path(folder) / "data", Path(folder) / "holiday.zip"
        shutil.copytree(artifact.ensure(), data / "targets")
        write_story(archive, seed=11, circles=18, others=14)
        running = Running(data)
        try:
            if not until(running.answers, 60):
                print(running.log.read_text(), file=sys.stderr)
                return 1
            opened = Stores.open(Settings(data_dir=data))
            preferences.save(opened, Preferences(target=artifact.NAME))
            browser = playwright.chromium.launch(**chromium_options())
            page = browser.new_page(viewport=SIZE)
            take(page, running.url, archive)
            take_every_page(page, running.url, data)
            browser.close()
        finally:
            running.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
