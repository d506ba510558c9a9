"""The page of variants that lie in several piles, and the download without smaller ones."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.webapp.pages.conftest import Browser
from webapp.records import Job
from webapp.storage import Stores


@pytest.fixture
def grouped(stores: Stores, finished_job: Job) -> str:
    """The page of a job in which pictures 0, 1 and 2 are variants: kept, rejected, kept."""
    with stores.writing() as tables:
        tables.variants.replace(finished_job.id, {0: 2, 1: 2, 2: 2})
    return f"/jobs/{finished_job.id}"


def test_a_split_group_is_decided_as_a_whole(browser: Browser, grouped: str) -> None:
    assert "1 group of variants of one picture lies in several piles" in browser.text(grouped)
    page = " ".join(browser.text(f"{grouped}/variants").split())
    assert "2 kept" in page
    assert "1 rejected" in page
    assert "Reject all 3" in page
    answer = browser.post(f"{grouped}/variants/2/verdict", {"verdict": "is_not"})
    assert answer.location == f"{grouped}/variants"
    page = browser.text(f"{grouped}/variants")
    assert "saved for 3 pictures" in page
    assert "tick <i>Group variants</i>" in page
    assert '<a href="/jobs" aria-current="page">' in page
    assert "1 group of variants in this archive. None lies in several piles" in page
    assert "lies in several piles" not in browser.text(grouped)


def test_the_line_about_split_groups_is_asked_for_again(browser: Browser, grouped: str) -> None:
    address = f"{grouped}/mistakes.json"
    assert "1 group of variants" in browser.get(address).get_json()["split"]
    browser.post(f"{grouped}/variants/2/verdict", {"verdict": "is"})
    assert browser.get(address).get_json()["split"] is None


def test_a_group_that_is_none_is_not_found(browser: Browser, grouped: str) -> None:
    answer = browser.post(f"{grouped}/variants/1/verdict", {"verdict": "is"})
    assert answer.status_code == 404


def test_smaller_variants_are_left_out_on_request(browser: Browser, grouped: str) -> None:
    def count(address: str) -> int:
        return len(zipfile.ZipFile(io.BytesIO(browser.get(address).data)).namelist())

    assert "Kept, without smaller variants" in browser.text(grouped)
    whole, largest = count(f"{grouped}/kept.zip"), count(f"{grouped}/kept-largest.zip")
    assert whole - largest == 1


def test_an_outdated_page_may_still_ask_for_the_largest(browser: Browser, grouped: str) -> None:
    answer = browser.get(f"{grouped}/kept-largest.zip?state=old&count=3")
    assert answer.status_code == 409
    assert "kept-largest.zip" in answer.text
