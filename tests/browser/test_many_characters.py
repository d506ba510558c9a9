"""Several characters of one network: who is in an archive, and who else a picture could show."""

from __future__ import annotations

import dataclasses
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ml.scoring.head import save_head
from ml.vision.card import write_card
from tests.browser.steps import FINISH_MS
from tests.browser.test_review import open_review
from tests.running import until
from tests.webapp.made import add_opposite, drawn, queued
from webapp.records import Job
from webapp.services import jobs, targets
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PICTURES = 24


@pytest.fixture
def opposite(stores: Stores) -> Iterator[str]:
    """A character that is in every picture without a red circle."""
    name = add_opposite(stores)
    yield name
    shutil.rmtree(stores.files.targets / name)


@pytest.fixture
def twin(stores: Stores) -> Iterator[str]:
    """A character that looks like the red circle."""
    red_circle, folder = targets.get(stores, "red_circle"), stores.files.targets / "twin"
    write_card(folder, dataclasses.replace(red_circle.card, name="twin", title="Twin"))
    save_head(folder, red_circle.head)
    yield "Twin"
    shutil.rmtree(folder)


@pytest.fixture
def job(stores: Stores) -> Job:
    """A finished job; every second picture shows a red circle."""
    made = queued(stores, drawn(PICTURES))
    assert until(lambda: jobs.get(stores, made.id).state.is_over, FINISH_MS / 1000)
    return jobs.get(stores, made.id)


def test_two_characters_come_in_one_zip_with_a_folder_each(
    page: Page, job: Job, opposite: str, tmp_path: Path
) -> None:
    page.goto(f"/jobs/{job.id}")
    page.get_by_label("More about this job").click()
    page.get_by_role("link", name="Who is in this archive?").click()
    about_half = re.compile(r"about 1\d\s+\(\d+ to \d+\)")
    for title in ("Red circle", "Opposite"):
        row = page.get_by_role("listitem").filter(has_text=title)
        expect(row).to_contain_text(about_half)
        row.get_by_role("checkbox", name=title).check()
    page.get_by_role("button", name="Sort into folders…").click()
    counts = {}
    for folder in ("red_circle", opposite):
        row = page.get_by_role("row").filter(has_text=folder)
        counts[folder] = int(row.get_by_role("cell").first.inner_text())
    with page.expect_download() as started:
        page.get_by_role("link", name=f"Download {sum(counts.values())} pictures").click()
    started.value.save_as(tmp_path / "folders.zip")
    with zipfile.ZipFile(tmp_path / "folders.zip") as zf:
        names = zf.namelist()
    for folder, kind in (("red_circle", "circle"), (opposite, "other")):
        inside = [name for name in names if name.startswith(f"{folder}/")]
        assert len(inside) == counts[folder]
        assert sum(f"/{kind}-" in name for name in inside) == PICTURES // 2
    assert len(names) == sum(counts.values())


def test_review_says_who_else_it_could_be_and_what_it_resembles(
    page: Page, job: Job, twin: str
) -> None:
    open_review(page, job, "pile=kept")
    page.keyboard.press("h")
    why = page.locator("[data-part=why]")
    expect(why.get_by_role("listitem").filter(has_text=twin)).to_be_visible()
    expect(why.get_by_role("meter", name=f"How much speaks for {twin}")).to_be_visible()
    similar = why.locator(".why-similar img")
    expect(similar.first).to_have_attribute("alt", re.compile(r"^circle-\d+\.png, kept$"))
    expect(page.locator("zoom-pane .sight")).to_have_attribute(
        "aria-label", re.compile("^Bright: what speaks for Red circle")
    )
    link = why.locator(".why-similar a").first
    address = str(link.get_attribute("href"))
    link.click()
    page.wait_for_url(f"**{address}")
    expect(page.get_by_role("heading", name="Where Red circle was seen")).to_be_visible()
