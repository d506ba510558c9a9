"""Home as a user walks through it: choose, drop, look, upload, break off, continue."""

import random
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.archives import write_story
from tests.browser.steps import drag_and_release, finish
from tests.running import until
from webapp.services import jobs, resumable
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def story(tmp_path: Path) -> Path:
    archive = tmp_path / "story.zip"
    write_story(archive)
    return archive


def test_an_upload_is_shown_before_it_is_sent_and_continues_after_a_reload(
    page: Page, stores: Stores, story: Path
) -> None:
    page.goto("/")
    page.get_by_label("Balanced").check()
    drag_and_release(page, story)
    plan = page.locator(".upload-plan")
    expect(plan).to_contain_text(story.name)
    expect(plan).to_contain_text("pictures")
    expect(plan.locator("canvas")).to_have_count(6)
    assert resumable.list_unfinished(stores) == [], "nothing is sent before the user says so"

    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1}
    rate = story.stat().st_size / 20
    session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": rate})
    page.get_by_role("button", name="Upload and sieve").click()
    assert until(lambda: any(one.offset for one in resumable.list_unfinished(stores)), 20)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    expect(page.get_by_text("Choose the file again, and the upload continues.")).to_be_visible()
    (unfinished,) = resumable.list_unfinished(stores)
    assert unfinished.offset > 0

    drag_and_release(page, story)
    page.get_by_role("button", name="Upload and sieve").click()
    finish(page)
    job = jobs.get(stores, unfinished.upload.id)
    assert stores.files.archive(job.id).read_bytes() == story.read_bytes()
    assert resumable.list_unfinished(stores) == []


def test_many_single_files_continue_after_a_reload_as_well(
    page: Page, stores: Stores, tmp_path: Path
) -> None:
    pictures = write_pictures(tmp_path)
    page.goto("/")
    page.locator("input[type=file]").set_input_files(pictures)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1}
    rate = sum(file.stat().st_size for file in pictures) / 20
    session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": rate})
    page.get_by_role("button", name="Upload and sieve").click()
    assert until(lambda: any(one.offset for one in resumable.list_unfinished(stores)), 20)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    expect(page.get_by_text("choose the same 4 files or their folder again")).to_be_visible()
    (unfinished,) = resumable.list_unfinished(stores)

    page.locator("input[type=file]").set_input_files(pictures[::-1])
    page.get_by_role("button", name="Upload and sieve").click()
    finish(page)
    job = jobs.get(stores, unfinished.upload.id)
    assert job.name == "4 pictures"
    with zipfile.ZipFile(stores.files.archive(job.id)) as zf:
        assert {name: zf.read(name) for name in zf.namelist()} == {
            file.name: file.read_bytes() for file in pictures
        }


def write_pictures(folder: Path) -> list[Path]:
    """Four noisy pictures, one with a name that a tar's header cannot hold."""
    noise = random.Random(1)
    names = ["a.png", "b c.png", "ü漢.png", f"{'long ' * 40}.png"]
    for name in names:
        image = Image.frombytes("RGB", (300, 300), noise.randbytes(3 * 300 * 300))
        image.save(folder / name)
    return [folder / name for name in names]


def test_a_broken_line_is_said_and_the_upload_goes_on_by_itself(
    page: Page, story: Path, complaints: list[str]
) -> None:
    page.goto("/")
    drag_and_release(page, story)
    page.route("**/files/*", lambda route: route.abort(), times=2)
    page.get_by_role("button", name="Upload and sieve").click()
    expect(page.locator(".upload-bar")).to_contain_text("Trying again")
    finish(page)
    complaints[:] = [one for one in complaints if "ERR_FAILED" not in one]


def test_a_drop_on_another_page_opens_the_form_there(page: Page, story: Path) -> None:
    page.goto("/settings")
    page.wait_for_load_state()
    drag_and_release(page, story)
    form = page.get_by_role("dialog", name="New upload")
    expect(form).to_contain_text(story.name)
    form.get_by_role("button", name="Upload and sieve").click()
    finish(page)


def test_what_the_server_would_refuse_is_refused_before_it_is_sent(
    page: Page, stores: Stores, tmp_path: Path
) -> None:
    empty = tmp_path / "nothing.zip"
    empty.write_bytes(b"")
    page.goto("/")
    drag_and_release(page, empty)
    expect(page.get_by_role("alert")).to_contain_text("0 bytes")
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    assert resumable.list_unfinished(stores) == []
