"""A real Chromium, the web part and the runner, with the target "red circle"."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright
from sqlalchemy import delete

from tests.archives import write_story
from tests.browser.runner import HeldRunner
from tests.running import ROOT, Running, until
from webapp.config import LARGE_BYTES, Settings
from webapp.records import Preferences
from webapp.services import job_list, preferences, trash
from webapp.storage import Stores, tables
from webapp.storage.migrate import upgrade

PATIENCE_MS = 30_000  # a busy machine takes its time
WEB_PART = [sys.executable, "-m", "gunicorn", "wsgi:app"]
WEB_PART += ["--config", str(ROOT / "webapp" / "serving" / "gunicorn_config.py")]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
]


class Options(TypedDict):
    """How the browser is started."""

    executable_path: str
    args: list[str]


def chromium_options() -> Options:
    """This machine's Chromium, without its background traffic. Raises RuntimeError if missing."""
    executable = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if executable is None:
        raise RuntimeError("The tests in the browser need Chromium: sudo apt install chromium")
    root = ["--no-sandbox"] if os.getuid() == 0 else []
    return Options(executable_path=executable, args=ARGUMENTS + root)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this machine, without a window."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium_options())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def program(red_circle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The web part with the red circle among its targets; `runner` works off its jobs."""
    data = tmp_path_factory.mktemp("browser") / "data"
    made = Stores.open(Settings(data_dir=data))
    made.files.prepare()
    upgrade(made.database)
    made.database.close()
    shutil.copytree(red_circle, data / "targets", dirs_exist_ok=True)
    running = Running(data, command=WEB_PART)
    try:
        assert until(running.answers), running.log.read_text()
        yield running
    finally:
        running.kill()


@pytest.fixture(scope="session")
def runner(program: Running) -> Iterator[HeldRunner]:
    """The runner of the program. It goes on by itself unless a test holds it."""
    with HeldRunner(program.data) as held:
        yield held


@pytest.fixture
def stores(program: Running, runner: HeldRunner) -> Iterator[Stores]:
    """The program's stores, with no jobs, no verdicts and the red circle chosen."""
    opened = Stores.open(Settings(data_dir=program.data))
    with opened.database.writing() as connection:
        connection.execute(delete(tables.verdicts))  # verdicts apply in every job with that picture
    preferences.save(opened, Preferences(target="red_circle"))
    yield opened
    for listed in job_list.list_jobs(opened, limit=1_000):
        trash.discard(opened, listed.job.id)
    trash.empty(opened)
    assert until(lambda: runner.is_idle)
    opened.database.close()


@pytest.fixture
def complaints() -> list[str]:
    """Complaints of the browser; a test that provokes some removes them."""
    return []


@pytest.fixture
def page(
    chromium: Browser, program: Running, stores: Stores, complaints: list[str]
) -> Iterator[Page]:
    """A page of the program. The test fails if the browser complained of anything."""
    context = chromium.new_context(base_url=program.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    watch(opened, program.url, complaints)
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture
def scriptless(
    chromium: Browser, program: Running, stores: Stores, complaints: list[str]
) -> Iterator[Page]:
    """The same in a browser that runs no JavaScript."""
    context = chromium.new_context(base_url=program.url, java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    watch(opened, program.url, complaints)
    yield opened
    context.close()
    assert complaints == []


def watch(page: Page, url: str, complaints: list[str]) -> None:
    """Collect errors of scripts, policy and server, and requests to foreign hosts."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"console: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 500 or not response.url.startswith((url, "data:", "blob:")):
            complaints.append(f"{response.status} {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on("response", on_response)


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """An archive of drawn pictures, so large that a part of its upload can be stored."""
    archive = tmp_path / "story.zip"
    write_story(archive, circles=24, others=24)
    assert archive.stat().st_size > LARGE_BYTES  # less is stored only when all of it has come
    return archive
