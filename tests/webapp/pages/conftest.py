"""The real app on its own data folder, and a browser that sends its forms."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ml.sieve.executor import LocalExecutor
from tests.webapp.made import drawn, queued, recent_jobs, worked_off
from webapp import create_app
from webapp.config import Settings
from webapp.records import Job, Preferences
from webapp.services import preferences
from webapp.storage import Stores
from webapp.storage.migrate import upgrade

JSON = {"Accept": "application/json"}


class Browser:
    """Sends forms with the token of a page, as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, url: str, **more: Any) -> TestResponse:
        return self.client.get(url, **more)

    def text(self, url: str) -> str:
        """A page that must exist."""
        response = self.get(url)
        assert response.status_code == 200, response.text
        return response.text

    def post(self, url: str, data: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(url, data={"csrf_token": self.token(), **(data or {})}, **more)

    def token(self) -> str:
        """The token that the home page carries."""
        match = re.search(r'name="csrf_token" value="([^"]+)"', self.text("/"))
        assert match
        return match[1]


@pytest.fixture
def app(stores: Stores) -> Flask:
    """The app, on the test's own stores."""
    return create_app(stores.settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A script on this machine."""
    return app.test_client()


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """A browser that has the app open."""
    return Browser(client)


@pytest.fixture(scope="session")
def finished_folder(
    red_circle: Path, executor: LocalExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A data folder with a finished job, sieved once for all tests of the pages."""
    stores = Stores.open(Settings(data_dir=tmp_path_factory.mktemp("finished") / "instance"))
    stores.files.prepare()
    for folder in red_circle.iterdir():
        (stores.files.targets / folder.name).symlink_to(folder)
    upgrade(stores.database)
    preferences.save(stores, Preferences(target="red_circle"))
    members = {**drawn(24), "notes.txt": b"hello", "broken.jpg": b"no picture"}
    worked_off(stores, executor, queued(stores, members))
    stores.database.close()
    return stores.settings.data_dir


@pytest.fixture
def finished_job(stores: Stores, finished_folder: Path) -> Job:
    """Twelve circles, twelve others, a text and a broken picture, sieved."""
    stores.database.close()
    targets_are_there = shutil.ignore_patterns("targets")
    shutil.copytree(
        finished_folder, stores.settings.data_dir, ignore=targets_are_there, dirs_exist_ok=True
    )
    return recent_jobs(stores)[0]


@pytest.fixture
def page(finished_job: Job) -> str:
    """The address of a finished job's page."""
    return f"/jobs/{finished_job.id}"
