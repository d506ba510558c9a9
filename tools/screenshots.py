"""Make the README's picture and one of every page: the real program, in a real browser, with drawn
pictures. The README's is docs/result.png. The others, in build/screenshots, show each page on a
phone, a laptop and a large screen, light and dark.

Usage: python -m tools.screenshots
"""

import dataclasses
import functools
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
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
from webapp.records import JobState, Preferences
from webapp.services import job_list, preferences
from webapp.storage import Stores

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = ROOT / "build" / "screenshots"
SIZES: dict[int, int] = {360: 800, 1440: 900, 2560: 1440}
"""Widths and heights of the window, in CSS pixels."""
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
    expect(page.locator("[data-wrong]")).not_to_have_text("…")
    page.screenshot(path=DOCS / "result.png")


def photograph(page: Page, name: str, prepare: Callable[[], object]) -> None:
    """Save a picture of a page in each size and scheme, after `prepare` has opened it."""
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        prepare()
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=PAGES / f"{name}-{width}-{scheme}.png", full_page=True)


def take_first_visit(page: Page, url: str, archive: Path) -> None:
    """Save pictures of Home without a job, and of an upload that is not sent yet."""

    def choose() -> None:
        page.goto(url, wait_until="networkidle")
        page.locator("input[type=file]").first.set_input_files(archive)
        expect(page.locator(".previews canvas")).to_have_count(6)

    photograph(page, "home-empty", lambda: open_page(page, url))
    photograph(page, "home-upload", choose)


def take_every_page(page: Page, url: str, data: Path) -> None:
    """Save a picture of each page. `page` shows a result."""
    job_id = page.url.partition("?")[0].rpartition("/")[2]
    addresses = list_pages(page, [url + one for one in list_addresses(data, job_id)])
    addresses += [f"{url}/jobs/{job_id}?pile={pile}" for pile in ("rejected", "skipped")]
    addresses += [f"{url}/characters/mona", f"{url}/no-such-page"]
    for address in addresses:
        name = re.sub(r"\W+", "-", address.removeprefix(url).replace(job_id, "job")).strip("-")
        photograph(page, name or "home", functools.partial(open_page, page, address))


def take_job_at_work(page: Page, url: str, stores: Stores) -> None:
    """Save pictures of a job's page while it works: a job that is done is shown as if it did."""
    job = job_list.list_jobs(stores, limit=1)[0].job
    for state in (JobState.RUNNING, JobState.WAITING):
        with stores.writing() as tables:
            shown = dataclasses.replace(job, state=state, rate=2.5, done=job.total // 2)
            tables.jobs.save(shown)
        open_job = functools.partial(page.goto, f"{url}/jobs/{job.id}")
        photograph(page, f"jobs-job-{state}", open_job)
    with stores.writing() as tables:
        tables.jobs.save(job)


def open_page(page: Page, address: str) -> None:
    """Open a page and wait until its pictures are there."""
    page.goto(address, wait_until="networkidle")


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
            page = browser.new_page(viewport=SIZE, reduced_motion="reduce")
            take_first_visit(page, running.url, archive)
            page.set_viewport_size(SIZE)
            page.emulate_media(color_scheme="light")
            take(page, running.url, archive)
            take_every_page(page, running.url, data)
            take_job_at_work(page, running.url, opened)
            browser.close()
        finally:
            running.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
