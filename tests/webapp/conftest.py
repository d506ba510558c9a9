"""A data folder of its own for every test, with real SQLite and the real red circle in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.sieve.executor import LocalExecutor
from tests.webapp.made import drawn, queued, recent_jobs, worked_off
from webapp.config import Settings
from webapp.records import Job, Preferences
from webapp.services import preferences
from webapp.storage import Stores
from webapp.storage.migrate import upgrade


@pytest.fixture(scope="session")
def executor() -> Iterator[LocalExecutor]:
    """One worker for all tests: to start one costs a second."""
    made = LocalExecutor(1)
    yield made
    made.close()


@pytest.fixture(scope="session")
def empty_folder(red_circle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a fresh app that looks for red circles; tests copy it."""
    made = Stores.open(Settings(data_dir=tmp_path_factory.mktemp("empty") / "instance"))
    made.files.prepare()
    for folder in red_circle.iterdir():
        (made.files.targets / folder.name).symlink_to(folder)
    upgrade(made.database)
    preferences.save(made, Preferences(target="red_circle"))
    made.database.close()
    return made.settings.data_dir


@pytest.fixture(scope="session")
def finished_folder(
    empty_folder: Path, executor: LocalExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The data folder of an app with a finished job, sieved once for all tests."""
    made = copy_folder(empty_folder, tmp_path_factory.mktemp("finished") / "instance")
    members = {**drawn(24), "notes.txt": b"hello", "broken.jpg": b"no picture"}
    worked_off(made, executor, queued(made, members))
    made.database.close()
    return made.settings.data_dir


@pytest.fixture
def stores(tmp_path: Path, empty_folder: Path) -> Iterator[Stores]:
    """A fresh app's stores, which looks for red circles."""
    made = copy_folder(empty_folder, tmp_path / "instance")
    yield made
    made.database.close()


@pytest.fixture
def finished_job(stores: Stores, finished_folder: Path) -> Job:
    """Twelve circles, twelve others, a text and a broken picture, sieved."""
    stores.database.close()
    copy_folder(finished_folder, stores.settings.data_dir)
    return recent_jobs(stores)[0]


def copy_folder(folder: Path, copy: Path) -> Stores:
    """The stores of a data folder's copy, which replaces what is there."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy, symlinks=True)
    return Stores.open(Settings(data_dir=copy, workers=1))
