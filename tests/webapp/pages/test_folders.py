"""The form for a folder on the server, on the home page."""

import dataclasses
from pathlib import Path

import pytest
from flask import Flask

from tests.webapp.made import drawn, recent_jobs
from tests.webapp.pages.conftest import Browser
from webapp.pages.context import KEY
from webapp.services import jobs
from webapp.storage import Stores


@pytest.fixture
def root(app: Flask, stores: Stores, tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "holiday").mkdir(parents=True)
    for name, data in drawn(2).items():
        (folder / "holiday" / name).write_bytes(data)
    settings = dataclasses.replace(stores.settings, folder_roots=(str(folder),))
    app.extensions[KEY] = dataclasses.replace(stores, settings=settings)
    return folder


def test_the_form_makes_a_job_of_the_folder(root: Path, browser: Browser, stores: Stores) -> None:
    assert f"<code>{root}</code>" in browser.text("/")
    answer = browser.post("/folders", {"folder": "holiday"})
    (job,) = recent_jobs(stores)
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.id}")
    assert job.total == 2


def test_a_result_offers_to_look_into_its_folder_again(
    root: Path, browser: Browser, stores: Stores
) -> None:
    browser.post("/folders", {"folder": "holiday"})
    (old,) = recent_jobs(stores)
    address = f'action="/jobs/{old.id}/folder"'
    assert address not in browser.text(f"/jobs/{old.id}"), "it is not over"
    jobs.cancel(stores, old.id)
    assert address in browser.text(f"/jobs/{old.id}")
    (root / "holiday" / "new.png").write_bytes(b"new")
    answer = browser.post(f"/jobs/{old.id}/folder")
    (new,) = (job for job in recent_jobs(stores) if job.id != old.id)
    assert (answer.status_code, answer.location) == (303, f"/jobs/{new.id}")
    assert (old.total, new.total) == (2, 3)


def test_a_refused_folder_is_told_beside_the_form(root: Path, browser: Browser) -> None:
    answer = browser.post("/folders", {"folder": "/etc"})
    assert answer.status_code == 422
    assert "is no folder below" in answer.text


def test_without_the_setting_there_is_no_form(browser: Browser) -> None:
    assert "folder on the server" not in browser.text("/")
    assert browser.post("/folders", {"folder": "/etc"}).status_code == 422
