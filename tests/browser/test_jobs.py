"""The list of jobs: it updates itself, and jobs are renamed, found and deleted in it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.archives import write_story
from tests.browser.steps import FINISH_MS, drop
from webapp.services import job_list
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_a_list_of_jobs_from_their_upload_to_their_end(page: Page, tmp_path: Path) -> None:
    archives = [tmp_path / "hills.zip", tmp_path / "lakes.zip"]
    for archive in archives:
        write_story(archive, circles=1, others=2)
    page.goto("/")
    drop(page, *archives)
    page.wait_for_url("**/jobs")
    page.evaluate("() => { window.isTheSamePage = true; }")
    rows = [page.get_by_role("listitem").filter(has_text=archive.name) for archive in archives]
    for row in rows:
        expect(row.get_by_text("Done")).to_be_visible(timeout=FINISH_MS)
        expect(row.locator("img").first).to_be_attached()
    assert page.evaluate("() => window.isTheSamePage")

    rows[0].get_by_label("Rename hills.zip").click()
    rows[0].get_by_label("Name", exact=True).fill("mountains")
    rows[0].get_by_role("button", name="Rename", exact=True).click()
    page.get_by_label("Search by name").fill("mount")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Select mountains").check()
    page.get_by_text("Delete 1 job…").click()
    page.get_by_role("button", name="Delete the selected jobs").click()
    note = page.get_by_text("Deleted 1 job.")
    expect(note).to_be_visible()
    bottom = note.evaluate("note => note.getBoundingClientRect().bottom")
    heading = page.get_by_role("heading", name="Jobs", exact=True).bounding_box()
    assert heading
    assert heading["y"] >= bottom + 8
    expect(page.get_by_role("link", name="mountains")).to_have_count(0)
    expect(page.get_by_role("link", name="lakes.zip")).to_be_visible()


def test_a_hidden_page_asks_for_no_news(page: Page) -> None:
    page.clock.install()
    page.goto("/jobs")
    set_hidden = "is => Object.defineProperty(document, 'hidden', {value: is, configurable: true})"
    page.evaluate(set_hidden, True)
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/jobs.json" in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.evaluate(
        """() => { document.querySelector("main").innerHTML =
          `<live-jobs data-url="/jobs.json" data-look="row"><ul>
             <li><div data-live-job="gone"></div></li>
           </ul></live-jobs>`; }"""
    )
    page.clock.run_for(60_000)
    assert asked == []
    page.evaluate(set_hidden, False)
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(100)
    expect(page.locator("[data-live-job]")).to_have_count(0)  # that job was deleted meanwhile
    assert len(asked) == 1


def test_a_double_click_sends_a_form_once(page: Page, stores: Stores) -> None:
    page.goto("/")
    page.get_by_role("button", name="Try it with 24 drawings").dblclick()
    page.wait_for_url("**/jobs/*")
    (listed,) = job_list.list_jobs(stores, limit=10)
    assert page.url.endswith(listed.job.id)
