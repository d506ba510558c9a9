"""What a user sees and does while an upload or a job runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.archives import write_slow, write_story
from tests.browser.steps import FINISH_MS, count_of, drop, finish, open_pile
from tests.running import until
from webapp.records import JobState
from webapp.services import jobs
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]
SLOW = 60  # pictures


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """An archive that the sieve works on for several seconds."""
    archive = tmp_path / "slow.zip"
    write_slow(archive, SLOW)
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
    assert until(lambda: not list(stores.files.uploads.iterdir()), 10)
    page.goto("/jobs")
    expect(page.get_by_role("link", name=archive.name)).to_have_count(0)
    # While the broken request still holds the upload, the page is told to ask again.
    complaints[:] = [one for one in complaints if "423 (LOCKED)" not in one]


def test_progress_shows_without_reloading_and_survives_a_reload(page: Page, slow: Path) -> None:
    page.goto("/")
    drop(page, slow)
    bar = page.get_by_role("progressbar", name="Files done")
    expect(bar).to_be_visible()
    page.evaluate("() => { window.still_here = true }")
    under_way(page, "job-progress progress")
    assert page.evaluate("() => window.still_here") is True
    expect(page.get_by_text("Pictures per second")).to_be_visible()

    page.reload()
    expect(bar).to_be_visible()
    finish(page)
    assert sum(count_of(page, pile) for pile in ("Kept", "Rejected")) == SLOW


def test_a_closed_tab_loses_nothing(page: Page, stores: Stores, slow: Path) -> None:
    page.goto("/")
    drop(page, slow)
    expect(page.get_by_role("progressbar", name="Files done")).to_be_visible()
    job = page.url.rsplit("/", 1)[1]
    page.goto("about:blank")
    assert until(lambda: jobs.get(stores, job).state is JobState.SUCCEEDED, FINISH_MS / 1000)
    page.goto("/jobs")
    page.get_by_role("link", name="slow.zip").first.click()
    finish(page)


def test_a_stopped_job_keeps_its_results_and_continues(page: Page, slow: Path) -> None:
    page.goto("/")
    drop(page, slow)
    under_way(page, "job-progress progress")
    page.get_by_role("button", name="Stop").click()
    finish(page)
    seen, left = count_of(page, "Kept") + count_of(page, "Rejected"), count_of(page, "Skipped")
    assert seen + left == SLOW
    assert left > 0
    expect(page.get_by_text(f"Stopped after {seen} of {SLOW} files")).to_be_visible()

    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("progressbar", name="Files done")).to_be_visible()
    finish(page)
    assert count_of(page, "Kept") + count_of(page, "Rejected") == SLOW


def test_a_page_that_is_sending_a_form_does_not_reload(page: Page, slow: Path) -> None:
    page.goto("/")
    drop(page, slow)
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


def test_the_end_shows_the_result_without_a_reload(page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "circles.zip"
    write_slow(archive, SLOW)
    page.goto("/")
    drop(page, archive)
    expect(page.get_by_role("progressbar", name="Files done")).to_be_visible()
    page.evaluate("() => { window.still_here = true }")
    page.wait_for_function(
        """() => document.querySelector('.newest img')
            && document.querySelector('.pile-bar [data-pile=kept]').width.baseVal.value > 0""",
        timeout=FINISH_MS,
    )
    assert page.locator(".newest img").count() <= 24
    finish(page)
    assert page.evaluate("() => window.still_here") is True
    kept = count_of(page, "Kept")
    expect(page).to_have_title(f"✓ {kept} kept · circles.zip")
    open_pile(page, "Rejected")  # the result's scripts work
    open_pile(page, "Kept")


def test_do_this_first_puts_a_job_before_the_others(
    page: Page, stores: Stores, slow: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.zip"
    write_slow(large, 3 * SLOW)  # it is still at work when the other one is uploaded
    page.goto("/")
    drop(page, large)
    expect(page.get_by_role("progressbar", name="Files done")).to_be_visible()
    behind = page.url
    page.goto("/")
    drop(page, slow)
    page.get_by_role("button", name="Do this first").click()
    expect(page.get_by_text("Goes before 1 other job.")).to_be_visible()
    addresses = (page.url, behind)
    page.goto(behind)
    expect(page.get_by_text("Second in line")).to_be_visible()
    for address in addresses:
        jobs.cancel(stores, address.rsplit("/", 1)[1])
