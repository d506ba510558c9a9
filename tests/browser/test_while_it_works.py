"""What a user sees and does while an upload or a job runs."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from ml.sieve.kinds import Kind, KindHead, save_head
from ml.targets.catalog import find_target
from ml.vision.inner_layers import InnerLayers
from tests.archives import write_story
from tests.browser.runner import HeldRunner
from tests.browser.steps import FINISH_MS, count_of, drop, finish, open_pile
from tests.running import until
from tests.webapp.made import drawn
from webapp.records import JobState
from webapp.services import jobs, resumable
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PICTURES = 24


@pytest.fixture
def drawn_zip(tmp_path: Path) -> Path:
    """An archive of some shards; every second picture shows a red circle."""
    archive = tmp_path / "drawn.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        for name, data in drawn(PICTURES).items():
            zf.writestr(name, data)
    return archive


def test_the_bar_of_an_upload_counts_bytes(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "story.zip"
    write_story(archive)
    page.goto("/")
    with throttled(page, bytes_per_second=archive.stat().st_size / 30):
        drop(page, archive)
        bar = page.get_by_role("progressbar", name=archive.name)
        expect(bar).to_be_visible()
        under_way(page, "#sent")
    finish(page)


def test_a_large_upload_says_what_it_is_like_while_it_is_sent(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "large.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        for number in range(10):
            method = zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED
            for name, data in drawn(20).items():  # every second one shows a red circle
                zf.writestr(f"{number}/{name}", data if number else b"no picture", method)
    looks: list[Route] = []
    page.goto("/")
    page.route("**/files/*", lambda _: None)  # holds the upload
    page.route("**/uploads/look", lambda route: looks.append(route))
    with page.expect_request("**/uploads/look"):
        drop(page, archive)
    line = page.locator("[data-field=look]")
    expect(line).to_have_text("Looking at some of the 200 pictures…")
    below = page.locator("#recent")
    before = below.bounding_box()
    looks[0].continue_()
    # One of four is looked at, but not every fourth: those are all alike.
    sentence = re.compile(
        r"^A look at 50 of 200 pictures: about [123]\d show Red circle; 5 unreadable"
    )
    expect(line).to_have_text(sentence, timeout=FINISH_MS)
    expect(page.locator("#announcer")).to_have_text(line.inner_text())
    assert below.bounding_box() == before, "nothing moves"
    page.unroute_all()  # what is held goes on
    finish(page)


@pytest.fixture
def only_pages(stores: Stores) -> Iterator[None]:
    """A network to which every picture looks like a page."""
    target = find_target("red_circle", stores.files.target_roots)
    folder, card = target.backbone_folder, target.backbone
    blank = Image.new("RGB", (card.side, card.side))
    weight = np.zeros_like(InnerLayers(folder, (0,)).measure(blank), np.float32)
    save_head(folder, card, Kind.PAGE, KindHead((0,), weight, bias=1.0))
    yield
    (folder / Kind.PAGE.file).unlink()


def test_an_upload_of_pages_is_told_that_they_were_not_measured(
    page: Page, tmp_path: Path, only_pages: None
) -> None:
    archive = tmp_path / "comics.zip"
    with zipfile.ZipFile(archive, "w") as zf:
        for number in range(10):
            for name, data in drawn(PICTURES).items():
                zf.writestr(f"{number}/{name}", data)
    page.goto("/")
    page.route("**/files/*", lambda _: None)  # holds the upload
    drop(page, archive)
    line = page.locator("[data-field=look]")
    expect(line).to_contain_text(
        "About 50 of them look like pages of comics or text. How often Red circle is found in the "
        "small panels of a page was not measured.",
        timeout=FINISH_MS,
    )
    page.unroute_all()  # what is held goes on
    finish(page)


def test_a_cancelled_upload_leaves_nothing(
    page: Page, stores: Stores, tmp_path: Path, complaints: list[str]
) -> None:
    archive = tmp_path / "unwanted.zip"
    write_story(archive)
    page.goto("/")
    with throttled(page, bytes_per_second=archive.stat().st_size / 30):
        drop(page, archive)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    assert until(lambda: not list(stores.files.uploads.iterdir()))
    page.goto("/jobs")
    expect(page.get_by_role("link", name=archive.name)).to_have_count(0)
    # While the broken request still holds the upload, the page is told to ask again.
    complaints[:] = [one for one in complaints if "status of 423" not in one]


def test_a_cancel_that_comes_too_late_says_where_the_upload_is(
    page: Page, stores: Stores, tmp_path: Path, complaints: list[str]
) -> None:
    archive, second = tmp_path / "late.zip", tmp_path / "second.zip"
    write_story(archive)
    write_story(second, seed=8)
    page.goto("/")
    locked = {"status": 423, "json": {"error": "This upload is becoming a job."}}
    page.route(
        "**/files/*",
        lambda route: (
            route.fulfill(**locked) if route.request.method == "DELETE" else route.fallback()
        ),
    )
    with throttled(page, bytes_per_second=archive.stat().st_size / 30):
        with page.expect_request(lambda request: request.method == "PATCH"):
            drop(page, archive, second)
        page.get_by_role("button", name="Cancel").click()
        note = page.get_by_text("too late to cancel")
        expect(note).to_contain_text("You find it under Jobs soon. 1 of 2 arrived")
    (left,) = resumable.list_unfinished(stores)
    resumable.cancel(stores, left.upload.id)
    complaints[:] = [one for one in complaints if "status of 423" not in one]


def test_progress_shows_without_reloading_and_survives_a_reload(
    page: Page, runner: HeldRunner, drawn_zip: Path
) -> None:
    page.goto("/")
    with runner.held(after=1):
        drop(page, drawn_zip)
        bar = page.get_by_role("progressbar", name="Files done")
        expect(bar).to_be_visible()
        page.evaluate("() => { window.still_here = true }")
        under_way(page, "job-progress progress")
        assert page.evaluate("() => window.still_here") is True
        expect(page.get_by_text("Pictures per second")).to_be_visible()
        page.reload()
        expect(bar).to_be_visible()
    finish(page)
    assert sum(count_of(page, pile) for pile in ("Kept", "Rejected")) == PICTURES


def test_a_closed_tab_loses_nothing(
    page: Page, runner: HeldRunner, stores: Stores, drawn_zip: Path
) -> None:
    page.goto("/")
    with runner.held():
        drop(page, drawn_zip)
        expect(page.get_by_role("progressbar", name="Files done")).to_be_visible()
        job = page.url.rsplit("/", 1)[1]
        page.goto("about:blank")
    assert until(lambda: jobs.get(stores, job).state is JobState.SUCCEEDED, FINISH_MS / 1000)
    page.goto("/jobs")
    page.get_by_role("link", name=drawn_zip.name).click()
    finish(page)


def test_a_stopped_job_keeps_its_results_and_continues(
    page: Page, runner: HeldRunner, drawn_zip: Path
) -> None:
    page.goto("/")
    with runner.held(after=1):
        drop(page, drawn_zip)
        under_way(page, "job-progress progress")
        page.get_by_role("button", name="Stop").click()
        finish(page)
    seen, left = count_of(page, "Kept") + count_of(page, "Rejected"), count_of(page, "Skipped")
    assert seen + left == PICTURES
    assert seen > 0
    assert left > 0
    expect(page.get_by_text(f"Stopped after {seen} of {PICTURES} files")).to_be_visible()

    page.get_by_role("button", name="Continue").click()
    finish(page)
    assert count_of(page, "Kept") + count_of(page, "Rejected") == PICTURES


def test_a_page_that_is_sending_a_form_does_not_reload(
    page: Page, runner: HeldRunner, drawn_zip: Path
) -> None:
    page.goto("/")
    with runner.held():
        drop(page, drawn_zip)
        expect(page.get_by_role("progressbar", name="Files done")).to_be_visible()
        # The bar is in the page that the server sends; its script comes later.
        page.evaluate("() => customElements.whenDefined('job-progress')")
        page.evaluate("""() => {
            window.still_here = true;
            document.addEventListener("submit", (event) => event.preventDefault());
            document.querySelector("form[action$='/delete']").requestSubmit();
        }""")
        page.route("**/progress.json", lambda route: route.fulfill(json={"finished": True}))
        page.evaluate("() => document.querySelector('job-progress').poll()")
        assert page.evaluate("() => window.still_here") is True


def under_way(page: Page, bar: str) -> None:
    """Wait until a bar has begun and not ended."""
    between = f"""() => {{
        const bar = document.querySelector("{bar}");
        return bar && bar.value > 0 && bar.value < bar.max;
    }}"""
    page.wait_for_function(between, timeout=FINISH_MS)


@contextmanager
def throttled(page: Page, *, bytes_per_second: float) -> Iterator[None]:
    """Slow uploads down, for as long as the context lasts."""
    session = page.context.new_cdp_session(page)
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": bytes_per_second,
        },
    )
    yield
    session.detach()


def test_the_end_shows_the_result_without_a_reload(
    page: Page, runner: HeldRunner, drawn_zip: Path
) -> None:
    page.goto("/")
    with runner.held(after=2):
        drop(page, drawn_zip)
        expect(page.get_by_role("progressbar", name="Files done")).to_be_visible()
        page.evaluate("() => { window.still_here = true }")
        page.wait_for_function(
            """() => document.querySelector('.newest img')
                && document.querySelector('.pile-bar [data-pile=kept]').width.baseVal.value > 0""",
            timeout=FINISH_MS,
        )
    finish(page)
    assert page.evaluate("() => window.still_here") is True
    kept = count_of(page, "Kept")
    expect(page).to_have_title(f"✓ {kept} kept · {drawn_zip.name}")
    open_pile(page, "Rejected")  # the result's scripts work
    open_pile(page, "Kept")


def test_do_this_first_puts_a_job_before_the_others(
    page: Page, runner: HeldRunner, drawn_zip: Path
) -> None:
    with runner.held():
        page.goto("/")
        drop(page, drawn_zip)
        expect(page.get_by_role("progressbar", name="Files done")).to_be_visible()
        behind = page.url
        page.goto("/")
        drop(page, drawn_zip)
        page.get_by_role("button", name="Do this first").click()
        expect(page.get_by_text("Goes before 1 other job.")).to_be_visible()
        page.goto(behind)
        expect(page.get_by_text("Second in line")).to_be_visible()
