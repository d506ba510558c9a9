"""The page that copies kept pictures and takes the copies back."""

from __future__ import annotations

import re

from tests.webapp.pages.conftest import Browser
from tests.webapp.services.test_copies import list_files, work
from webapp.records import Job
from webapp.storage import Stores


def test_the_page_says_what_will_be_copied_and_takes_it_back(
    browser: Browser, stores: Stores, finished_job: Job, page: str
) -> None:
    assert f'href="{page}/copies"' in browser.text(page)
    assert "12 pictures" in " ".join(browser.text(f"{page}/copies?folder=mona").split())
    assert list_files(stores) == []

    browser.post(f"{page}/copies", {"folder": "mona"})
    assert "Copying: 0 files written so far." in " ".join(browser.text(f"{page}/copies").split())
    work(stores)
    assert len(list_files(stores)) == 12
    told = browser.text(f"{page}/copies?folder=mona")
    assert "All 12 kept pictures are in" in told
    assert "12 kept pictures were copied to" in browser.text(page)

    (address,) = re.findall(r'action="([^"]+/return)"', told)
    browser.post(address)
    assert "Taking back: 12 files left." in " ".join(browser.text(f"{page}/copies").split())
    work(stores)
    assert list_files(stores) == []


def test_a_folder_outside_is_refused_beside_its_field(browser: Browser, page: str) -> None:
    for answer in (
        browser.get(f"{page}/copies?folder=/etc"),
        browser.post(f"{page}/copies", {"folder": "/etc"}),
    ):
        assert answer.status_code == 422
        assert 'id="folder-error"' in answer.text
        assert "lies outside" in answer.text
