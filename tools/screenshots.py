"""Make the README's pictures again: the real program, in a real browser, with drawn pictures.

Usage: python -m tools.screenshots
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.archives import write_story
from tests.browser.conftest import chromium_options
from tests.browser.steps import drop, finish
from tests.red_circle import artifact
from tests.running import Running, until
from webapp.config import Settings
from webapp.records import Preferences
from webapp.services import preferences
from webapp.storage import Stores

DOCS = Path(__file__).resolve().parent.parent / "docs"
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


def main() -> int:
    DOCS.mkdir(exist_ok=True)
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
            take(browser.new_page(viewport=SIZE), running.url, archive)
            browser.close()
        finally:
            running.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
