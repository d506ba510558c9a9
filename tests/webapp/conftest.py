"""A data folder of its own for every test, with real SQLite and the real red circle in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.sieve.executor import LocalExecutor
from tests.webapp.made import drawn, queued, worked_off
from webapp.config import Settings
from webapp.records import Job, Preferences
from webapp.services import preferences
from webapp.storage import Stores
from webapp.storage.migrate import upgrade


@pytest.fixture
def stores(tmp_path: Path, red_circle: Path) -> Iterator[Stores]:
    """A fresh app's stores, which looks for red circles."""
    made = Stores.open(Settings(data_dir=tmp_path / "instance", workers=1))
    made.files.prepare()
    for folder in red_circle.iterdir():
        (made.files.targets / folder.name).symlink_to(folder)
    upgrade(made.database)
    preferences.save(made, Preferences(target="red_circle"))
    yield made
    made.database.close()


@pytest.fixture(scope="session")
def executor() -> Iterator[LocalExecutor]:
    """One worker for all tests: to start one costs a second."""
    made = LocalExecutor(1)
    yield made
    made.close()


@pytest.fixture
def finished_job(stores: Stores, executor: LocalExecutor) -> Job:
    """Twelve circles, twelve others, a text and a broken picture, sieved."""
    members = {**drawn(24), "notes.txt": b"hello", "broken.jpg": b"no picture"}
    return worked_off(stores, executor, queued(stores, members))
