"""An archive that comes again: its answers are there, or come back from the report of the first."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from ml.scoring.piles import Verdict
from tests.archives import write_story
from tests.browser.steps import (
    drag_and_release,
    drop,
    finish,
    names_in,
    open_pile,
    show_all,
    wait_for_scripts,
)
from webapp.records import Job
from webapp.services import job_list, review, trash, verdicts
from webapp.storage import Stores, tables

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of drawn pictures."""
    file = tmp_path / "holiday.zip"
    write_story(file, circles=3, others=3)
    return file


def sieve(page: Page, *files: Path) -> None:
    page.goto("/")
    drop(page, *files)
    finish(page)


def keep_another(stores: Stores) -> tuple[Job, str]:
    """Answer that a rejected picture of the newest job shows the target. Returns job and path."""
    job = job_list.list_jobs(stores, limit=1)[0].job
    pictures = review.list_pictures(stores, job).pictures
    chosen = next(picture for picture in pictures if "other-2" in picture.path)
    verdicts.set_verdict(stores, job.id, chosen.number, Verdict.IS)
    return job, chosen.path


def test_the_same_archive_again_has_the_answers(page: Page, stores: Stores, archive: Path) -> None:
    sieve(page, archive)
    first, path = keep_another(stores)
    sieve(page, archive)
    assert first.id not in page.url
    open_pile(page, "Kept")
    show_all(page)
    assert path in names_in(page, "kept")
    tile = page.get_by_role("listitem").filter(has=page.get_by_role("img", name=path))
    expect(tile).to_have_attribute("data-verdict", "is")
    expect(tile).to_contain_text("from an earlier job")


@pytest.mark.parametrize("kind", ["CSV", "JSON"])
def test_the_report_of_a_job_beside_its_archive_restores_the_answers(
    page: Page, stores: Stores, archive: Path, tmp_path: Path, kind: str
) -> None:
    sieve(page, archive)
    job, path = keep_another(stores)
    page.reload()
    wait_for_scripts(page)
    page.get_by_label("More downloads").click()
    with page.expect_download() as started:
        page.get_by_role("link", name=f"Report as {kind}").click()
    report = tmp_path / started.value.suggested_filename
    started.value.save_as(report)
    page.goto("/settings")  # the result would miss what is deleted
    trash.discard(stores, job.id)
    with stores.database.writing() as connection:  # as on another computer
        connection.execute(delete(tables.verdicts))

    page.goto("/")
    drag_and_release(page, archive, report)
    plan = page.locator(".planned li")
    expect(plan.nth(1)).to_have_text(
        f"{report.name} has your answers of an earlier job, which are restored."
    )
    page.get_by_role("button", name="Upload and sieve").click()
    finish(page)
    expect(page.get_by_text(f"1 answer of “{report.name}” restored.")).to_be_visible()
    open_pile(page, "Kept")
    show_all(page)
    assert path in names_in(page, "kept")
