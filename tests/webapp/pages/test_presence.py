from __future__ import annotations

import dataclasses
import io
import re
import zipfile

import pytest

from ml.scoring.prevalence import Prevalence
from tests.webapp.made import add_opposite
from tests.webapp.pages.conftest import Browser
from webapp.records import Job
from webapp.services import presence
from webapp.storage import Stores


def test_the_characters_of_an_archive_are_listed(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    add_opposite(stores)
    page = browser.text(f"/jobs/{finished_job.id}/characters")
    assert page.index("Red circle") > 0
    assert "Look for Opposite" in page
    assert "Shown now" in page
    counts = [int(count) for count in re.findall(r"about (\d+)", page)]
    meters = re.findall(r'<meter min="0" max="(\d+)" value="(\d+)"', page)
    assert meters == [(str(max(counts)), str(count)) for count in counts]


def test_a_range_that_begins_at_no_picture_is_no_find(
    browser: Browser, stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    (circle,) = presence.list_presence(stores, finished_job)
    for low, is_known in ((0.01, False), (0.03, True)):  # of 24 pictures
        doubtful = dataclasses.replace(circle, prevalence=Prevalence(0.1, low, 0.2))
        monkeypatch.setattr(presence, "list_presence", lambda *_, found=doubtful: [found])
        page = browser.text(f"/jobs/{finished_job.id}/characters")
        assert ("Nobody that MonaSieve knows is clearly in this archive." in page) != is_known


def test_a_zip_with_a_folder_for_each_says_its_sizes_first_and_continues(
    browser: Browser, stores: Stores, finished_job: Job
) -> None:
    add_opposite(stores)
    page = f"/jobs/{finished_job.id}/characters"
    sent = {"folder": ["red_circle", "opposite"], "several": "each"}
    answer = browser.post(page, sent)
    assert answer.status_code == 303
    text = browser.text(answer.location)
    assert '<th scope="row">red_circle</th><td>12</td>' in text
    whole = browser.get(f"{answer.location}.zip")
    half = whole.content_length // 2
    rest = browser.get(f"{answer.location}.zip", headers={"Range": f"bytes={half}-"})
    assert rest.status_code == 206
    assert rest.headers["ETag"] == whole.headers["ETag"]
    assert whole.data[half:] == rest.data
    with zipfile.ZipFile(io.BytesIO(whole.data)) as zf:
        assert "red_circle/circle-000.png" in zf.namelist()


def test_a_place_that_does_not_exist_is_refused(browser: Browser, finished_job: Job) -> None:
    page = f"/jobs/{finished_job.id}/characters"
    assert browser.post(page, {"folder": "red_circle", "several": "nowhere"}).status_code == 422
    assert browser.post(page, {"several": "each"}).status_code == 409
