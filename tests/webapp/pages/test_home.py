"""The home page and the frame of every page."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.webapp.made import drawn, queued, recent_jobs
from tests.webapp.pages.conftest import Browser
from webapp.errors import NotFound
from webapp.pages.context import KEY
from webapp.records import Job
from webapp.services import deletion
from webapp.services.watched import Watcher
from webapp.storage import Stores
from webapp.storage.jobs import Jobs


def test_the_home_page_says_what_to_do_before_there_is_a_job(browser: Browser) -> None:
    page = browser.text("/")
    assert "only those that show Red circle" in page
    assert "They are deleted after 30 days." in page


def test_the_home_page_lists_the_last_jobs(browser: Browser, finished_job: Job, page: str) -> None:
    home = browser.text("/")
    assert f'href="{page}"' in home
    assert "drawn.zip" in home


@pytest.mark.parametrize("address", ["/", "/jobs", "/jobs.json?ids={id}", "/disk"])
def test_a_listed_job_may_be_deleted_while_the_page_is_made(
    browser: Browser, stores: Stores, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """It is deleted each time that rows were read and nothing else yet."""
    job = queued(stores, drawn(2))
    for name in ("list_page", "list_by_id"):
        read = getattr(Jobs, name)

        def delete_after(*args: Any, read: Any = read, **named: Any) -> list[Job]:
            found: list[Job] = read(*args, **named)
            with suppress(NotFound):
                deletion.delete(stores, job.id)
            return found

        monkeypatch.setattr(Jobs, name, delete_after)
    assert browser.get(address.format(id=job.id)).status_code == 200
    assert recent_jobs(stores) == []


def test_the_foot_shows_the_version(app: Flask, browser: Browser) -> None:
    app.jinja_env.globals["version"] = "9.8.7"
    assert "<p>MonaSieve 9.8.7 ·" in browser.text("/")


def test_the_watched_folder_is_named_and_its_failures_are_shown(
    app: Flask, browser: Browser, stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "incoming"
    settings = dataclasses.replace(stores.settings, watch=str(folder), watch_seconds=0)
    app.extensions[KEY] = dataclasses.replace(stores, settings=settings)
    assert f"The watched folder {folder} is gone or cannot be read." in browser.text("/")
    folder.mkdir()
    (folder / "empty.zip").touch()
    Watcher(app.extensions[KEY]).look()
    home = browser.text("/")
    assert f"put into <code>{folder}</code> on the server" in home
    (job,) = recent_jobs(stores)
    page = browser.text(f"/jobs/{job.id}")
    assert "empty.zip is empty: 0 bytes arrived." in page
    assert "Continue" not in page
