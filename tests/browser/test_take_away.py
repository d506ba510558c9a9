"""What can be taken away from a result besides its pictures: sidecars, and a page to print."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bench.large_job import make_job
from tests.browser.steps import (
    FINISH_MS,
    count_of,
    find_download,
    set_confidence,
    wait_for_scripts,
)
from tests.running import until
from tests.webapp.made import drawn, queued
from webapp.services import jobs
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_sidecars_for_hydrus_and_xmp_come_with_the_kept_pictures(
    page: Page, stores: Stores, tmp_path: Path
) -> None:
    job = queued(stores, drawn(6))
    assert until(lambda: jobs.get(stores, job.id).state.is_over, FINISH_MS / 1000)
    page.goto(f"/jobs/{job.id}?pile=kept")
    wait_for_scripts(page)
    kept = count_of(page, "Kept")
    assert kept
    sidecars = {}
    for label, suffix in (("for Hydrus (.txt)", ".txt"), ("XMP (.xmp)", ".xmp")):
        page.get_by_label("More downloads").click()
        page.get_by_label("Files with a tag beside kept pictures").select_option(label)
        page.keyboard.press("Escape")
        file = tmp_path / f"kept{suffix}.zip"
        with page.expect_download() as started:
            find_download(page, "kept").click()
        started.value.save_as(file)
        with zipfile.ZipFile(file) as zf:
            names = zf.namelist()
            pictures = [name for name in names if name.endswith(".png")]
            assert len(pictures) == kept
            assert sorted(names) == sorted([*pictures, *(name + suffix for name in pictures)])
            sidecars[suffix] = zf.read(pictures[0] + suffix).decode()
    assert sidecars[".txt"] == "character:red circle\n"
    assert "<rdf:li>Red circle</rdf:li>" in sidecars[".xmp"]


def test_the_page_to_print_says_what_the_result_says(page: Page, stores: Stores) -> None:
    job = make_job(stores, 400, target="red_circle", thumbnails=10)
    page.goto(f"/jobs/{job.id}")
    wait_for_scripts(page)
    set_confidence(page, 0.9)
    piles = {pile: count_of(page, pile) for pile in ("Kept", "Unsure", "Rejected", "Unreadable")}
    page.reload()
    expect(page.locator("[data-wrong]")).not_to_have_text("…")
    costs = [page.locator(f"[data-{name}]").inner_text() for name in ("wrong", "left")]
    page.get_by_label("More downloads").click()
    page.get_by_role("link", name="Page to print or hand over").click()
    page.emulate_media(media="print")
    for pile, count in piles.items():
        row = page.get_by_role("row").filter(
            has=page.get_by_role("rowheader", name=pile, exact=True)
        )
        expect(row.get_by_role("cell").first).to_have_text(str(count))
    wrong, left = costs
    expect(page.locator("main")).to_contain_text(
        f"Wrong in Kept: {wrong}. {job.target_title} left out: {left}."
    )
    expect(page.get_by_role("img", name="Numbers of pictures by how likely")).to_be_visible()
    expect(page.locator(".site-head, .site-foot, .screen-only")).to_have_count(3)
    expect(
        page.locator(".site-head:visible, .site-foot:visible, .screen-only:visible")
    ).to_have_count(0)
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF-")
    assert paper.count(b"/Type /Page\n") == 1, "it fits on one sheet"
