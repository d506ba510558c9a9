"""Thumbnails and pictures."""

from __future__ import annotations

from ml.sieve.executor import LocalExecutor
from tests.red_circle.drawing import draw, encoded
from tests.webapp.made import queued, worked_off
from tests.webapp.pages.conftest import Browser
from webapp.services import trash
from webapp.storage import Stores


def test_thumbnails_are_kept_by_the_browser(browser: Browser, page: str) -> None:
    answer = browser.get(f"{page}/thumbnails/0.jpg")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert "immutable" in answer.headers["Cache-Control"]
    assert browser.get(f"{page}/thumbnails/99.jpg").status_code == 404


def test_the_trash_shows_no_thumbnails(browser: Browser, page: str, stores: Stores) -> None:
    trash.discard(stores, page.rpartition("/")[2])
    assert browser.get(f"{page}/thumbnails/0.jpg").status_code == 404


def test_an_original_is_unchanged_and_sandboxed(browser: Browser, page: str) -> None:
    answer = browser.get(f"{page}/pictures/0")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data.startswith(b"\x89PNG")
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_format_that_no_browser_shows_comes_as_a_jpeg(
    browser: Browser, stores: Stores, executor: LocalExecutor
) -> None:
    drawing = encoded(draw(1, red_circle=True), "TIFF")
    job = worked_off(stores, executor, queued(stores, {"circle.tif": drawing}))
    answer = browser.get(f"/jobs/{job.id}/pictures/0")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")


def test_a_skipped_file_has_no_picture(browser: Browser, page: str) -> None:
    assert browser.get(f"{page}/pictures/24").status_code in (404, 422)
