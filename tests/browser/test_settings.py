"""The settings page: new jobs use the settings, and bad values are refused."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.archives import write_story
from tests.browser.steps import drop, finish, names_in
from tests.running import until
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
OWN = "Confidence of your own"


def test_the_next_job_uses_the_saved_confidence(page: Page, tmp_path: Path) -> None:
    page.goto("/settings")
    page.get_by_label(OWN).fill("40")
    save(page)
    page.goto("/settings")
    expect(page.get_by_label(OWN)).to_have_value(re.compile(r"^40\s%$"))

    archive = tmp_path / "low.zip"
    write_story(archive, circles=2, others=2)
    page.goto("/")
    drop(page, archive)
    finish(page)
    expect(page.get_by_role("textbox", name="Kept from")).to_have_value(re.compile(r"^40\s%$"))


def test_the_papers_network_sieves_too(page: Page, tmp_path: Path) -> None:
    page.goto("/settings")
    page.get_by_label("Looking for").select_option(label="Circle by the paper")
    page.get_by_label(OWN).fill("0.5")
    save(page)

    archive = tmp_path / "paper.zip"
    write_story(archive, circles=8, others=8)
    page.goto("/")
    drop(page, archive)
    finish(page)
    expect(page.get_by_role("main")).to_contain_text("Circle by the paper")
    kept = names_in(page, "kept")
    circles = [name for name in kept if "circle" in name]
    assert len(circles) >= 6
    assert len(kept) - len(circles) <= 2


def test_cancel_saves_nothing(page: Page) -> None:
    page.goto("/settings")
    page.get_by_label(OWN).fill("0.1")
    page.get_by_role("link", name="Cancel").click()
    page.goto("/settings")
    expect(page.get_by_label(OWN)).to_have_value(re.compile(r"^95\s%$"))


def test_a_confidence_outside_0_to_1_is_refused_beside_its_field(
    page: Page, complaints: list[str]
) -> None:
    page.goto("/settings")
    page.get_by_label(OWN).fill("150")
    page.get_by_role("button", name="Save").click()
    field = page.get_by_label(OWN)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("a percentage, such as 95 %").first).to_be_visible()
    forgive(complaints, "422")


def test_a_storage_folder_outside_the_root_is_refused(
    page: Page, complaints: list[str], tmp_path: Path
) -> None:
    page.goto("/settings")
    page.get_by_label("Copy kept pictures").check()
    page.get_by_role("textbox", name="Folder").fill(str(tmp_path / "elsewhere"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("lies outside")).to_be_visible()
    assert not (tmp_path / "elsewhere").exists()
    forgive(complaints, "422")


def test_kept_pictures_are_copied_where_the_settings_say(
    page: Page, stores: Stores, tmp_path: Path
) -> None:
    page.goto("/settings")
    page.get_by_label("Copy kept pictures").check()
    page.get_by_role("textbox", name="Folder").fill("found/circles")
    save(page)
    archive = tmp_path / "copied.zip"
    write_story(archive, circles=3, others=3)
    page.goto("/")
    drop(page, archive)
    finish(page)
    kept = {Path(name).name for name in names_in(page, "kept")}
    folder = stores.files.storage_root / "found" / "circles"
    assert until(lambda: {file.name for file in folder.rglob("*.*") if file.is_file()} == kept), (
        "they are copied after the job is done"
    )

    page.goto(f"{page.url.partition('?')[0]}/copies")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("were taken back")).to_be_visible()
    assert not list(folder.iterdir())


def test_a_job_can_wait_for_its_start_button(page: Page, tmp_path: Path) -> None:
    page.goto("/settings")
    page.get_by_label("Start at once").uncheck()
    save(page)
    archive = tmp_path / "later.zip"
    write_story(archive, circles=2, others=2)
    page.goto("/")
    drop(page, archive)
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_visible()
    start.click()
    finish(page)


def save(page: Page) -> None:
    """Save the settings, and wait until the page says so."""
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Settings saved.")).to_be_visible()


def forgive(complaints: list[str], status: str) -> None:
    """Remove Chromium's own complaint about a status that this test asked for."""
    complaints[:] = [one for one in complaints if f"status of {status}" not in one]


def test_the_folders_preview_follows_the_typing(page: Page) -> None:
    page.goto("/settings")
    page.get_by_label("Copy kept pictures").check()
    field = page.get_by_label("Folder", exact=True)
    field.fill("mona/holiday")
    expect(
        page.get_by_text(re.compile(r"mona/holiday/crawl \w+/art/wallpaper\.jpg"))
    ).to_be_visible()
    field.fill("../elsewhere")
    expect(page.get_by_text("lies outside")).to_be_visible()
