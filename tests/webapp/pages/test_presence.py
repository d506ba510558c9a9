from __future__ import annotations

from tests.webapp.made import add_opposite
from tests.webapp.pages.conftest import Browser
from webapp.records import Job
from webapp.storage import Stores


def test_the_characters_of_an_archive_are_listed(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    add_opposite(stores)
    page = browser.text(f"/jobs/{finished_job.id}/characters")
    assert page.index("Red circle") > 0
    assert "Look for Opposite" in page
    assert "Shown now" in page
