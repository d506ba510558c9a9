"""An upload survives a closed browser and a killed server. No byte that arrived is sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Request, expect

from tests.browser.conftest import PATIENCE_MS, chromium_options
from tests.browser.steps import drag_and_release, drop, finish
from tests.running import Running, until
from webapp.services import jobs, resumable
from webapp.services.resumable import Arrived
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
FAST = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


def begin_upload(page: Page, stores: Stores, story: Path) -> CDPSession:
    """Upload so slowly that only a part arrives. Returns the session that ends the slowness."""
    page.goto("/")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = FAST | {"uploadThroughput": story.stat().st_size / 20}
    session.send("Network.emulateNetworkConditions", slow)
    drop(page, story)
    assert until(lambda: any(one.offset for one in resumable.list_unfinished(stores)))
    return session


def find_unfinished(stores: Stores, story: Path) -> Arrived:
    (unfinished,) = resumable.list_unfinished(stores)
    assert 0 < unfinished.offset < story.stat().st_size
    return unfinished


def start_again(program: Running) -> None:
    program.start()
    assert until(program.answers), program.log.read_text()[-2000:]


def list_offsets(page: Page) -> list[int]:
    """The offsets at which parts are sent from now on; the list grows."""
    offsets: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            offsets.append(int(request.headers["upload-offset"]))

    page.on("request", note)
    return offsets


@contextmanager
def open_profile(chromium: Browser, program: Running, profile: Path) -> Iterator[Page]:
    """A page of a browser of its own, which is closed at the end and leaves its profile."""
    context = chromium.browser_type.launch_persistent_context(
        profile, **chromium_options(), base_url=program.url
    )
    try:
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()
    finally:
        context.close()


def test_an_upload_goes_on_by_itself_after_the_server_was_killed(
    page: Page, program: Running, stores: Stores, story: Path, complaints: list[str]
) -> None:
    session = begin_upload(page, stores, story)
    program.kill()
    arrived = find_unfinished(stores, story)
    expect(page.locator(".upload-bar")).to_contain_text("Trying again")
    offsets = list_offsets(page)
    session.send("Network.emulateNetworkConditions", FAST)
    start_again(program)
    finish(page)
    assert offsets == [arrived.offset], "what arrived is not sent again"
    assert stores.files.archive(arrived.upload.id).read_bytes() == story.read_bytes()
    assert resumable.list_unfinished(stores) == []
    complaints[:] = [one for one in complaints if "net::ERR" not in one]  # while it was down


def test_an_upload_continues_after_server_and_browser_were_gone(
    chromium: Browser, program: Running, stores: Stores, story: Path, tmp_path: Path
) -> None:
    """A browser forgets which file was chosen, so its user chooses it again."""
    with open_profile(chromium, program, tmp_path / "profile") as page:
        begin_upload(page, stores, story)
        program.kill()  # before the browser, which would send the rest while it closes
        arrived = find_unfinished(stores, story)
    start_again(program)
    with open_profile(chromium, program, tmp_path / "profile") as page:
        page.goto("/")
        expect(page.get_by_text("Choose the file again, and the upload continues.")).to_be_visible()
        offsets = list_offsets(page)
        drag_and_release(page, story)
        page.get_by_role("button", name="Upload and sieve").click()
        finish(page)
    assert offsets == [arrived.offset], "what arrived is not sent again"
    job = jobs.get(stores, arrived.upload.id)
    assert stores.files.archive(job.id).read_bytes() == story.read_bytes()
    assert resumable.list_unfinished(stores) == []
