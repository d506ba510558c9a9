"""Variants of one picture on the wall as one tile, and a group that lies in several piles."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from ml.scoring.piles import Verdict
from tests.browser.steps import FINISH_MS, open_filters, wait_for_scripts
from tests.red_circle.drawing import draw, encoded
from tests.running import until
from tests.webapp.made import queued
from webapp.records import Job
from webapp.services import jobs, review, verdicts
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def job(stores: Stores) -> Job:
    """A finished job: one picture in three versions, and another one; all of them are kept."""
    image = draw(3, red_circle=True, size=(320, 240))
    members = {"large.png": encoded(image), "other.png": encoded(draw(8, red_circle=False))}
    for name, size in (("small.jpg", (200, 150)), ("tiny.jpg", (160, 120))):
        out = io.BytesIO()
        image.resize(size, Image.Resampling.LANCZOS).save(out, "JPEG", quality=85)
        members[name] = out.getvalue()
    made = queued(stores, members)
    assert until(lambda: jobs.get(stores, made.id).state.is_over, FINISH_MS / 1000)
    with stores.writing() as tables:  # so that the test knows the groups
        tables.variants.replace(made.id, {0: 0, 2: 0, 3: 0})
    return review.set_confidence(stores, made.id, 0.0)


def test_a_group_is_one_tile_with_one_verdict(page: Page, stores: Stores, job: Job) -> None:
    page.goto(f"/jobs/{job.id}?pile=kept&show=all")
    wait_for_scripts(page)
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(4)
    open_filters(page)
    page.get_by_text("View", exact=True).click()
    page.get_by_label("Group variants").check()
    expect(tiles).to_have_count(2)
    group = tiles.filter(has=page.get_by_title("3 variants of one picture"))
    expect(group).to_have_count(1)
    group.locator(".tile-picture").focus()
    page.keyboard.press("x")
    assert until(lambda: count_rejected(stores, job) == 3)
    page.reload()
    wait_for_scripts(page)
    expect(tiles).to_have_count(1)


def test_the_note_about_split_groups_follows_the_answers(
    page: Page, stores: Stores, job: Job
) -> None:
    page.goto(f"/jobs/{job.id}?pile=kept&show=all")
    wait_for_scripts(page)
    note = page.get_by_text("1 group of variants of one picture lies in several piles")
    expect(note).to_be_hidden()
    page.get_by_role("link", name="small.jpg").focus()
    page.keyboard.press("x")
    expect(note).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(note).to_be_hidden()


def count_rejected(stores: Stores, job: Job) -> int:
    found = review.list_pictures(stores, job).pictures
    return sum(picture.verdict is Verdict.IS_NOT for picture in found)


def test_a_split_group_is_decided_without_script(
    scriptless: Page, stores: Stores, job: Job
) -> None:
    verdicts.set_verdict(stores, job.id, 2, Verdict.IS_NOT)
    scriptless.goto(f"/jobs/{job.id}")
    scriptless.get_by_role("link", name="Decide for each group").click()
    expect(scriptless.get_by_role("heading", name="2 kept, 1 rejected")).to_be_visible()
    scriptless.get_by_role("button", name="Reject all 3").click()
    expect(scriptless.get_by_text("nothing to decide")).to_be_visible()
    assert count_rejected(stores, job) == 3


def test_of_each_group_only_the_largest_is_downloaded(page: Page, job: Job, tmp_path: Path) -> None:
    page.goto(f"/jobs/{job.id}")
    wait_for_scripts(page)
    page.get_by_label("More downloads").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Kept, without smaller variants").click()
    started.value.save_as(tmp_path / "largest.zip")
    with zipfile.ZipFile(tmp_path / "largest.zip") as zf:
        assert zf.namelist() == ["large.png", "other.png"]
