"""Whatever lies among the targets, pages answer and the runner goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ml.sieve.executor import LocalExecutor
from tests.ml.targets.test_card import DAMAGE
from tests.webapp.made import drawn, loop, queued
from webapp import create_app
from webapp.records import JobState, Preferences
from webapp.services import jobs, preferences
from webapp.storage import Stores


@pytest.fixture
def damage(stores: Stores, request: pytest.FixtureRequest) -> Callable[[Path], object]:
    """Damages a copy of the red circle; a second target beside it stays whole."""
    targets = stores.files.targets
    whole = Path(shutil.copytree(targets / "paper_circle", targets / "whole"))
    assert whole.is_dir()
    for link in list(targets.iterdir()):
        if link.is_symlink():
            original = link.resolve()
            link.unlink()
            shutil.copytree(original, link)
    damage: Callable[[Path], object] = DAMAGE[request.param][0]
    return damage


@pytest.mark.parametrize("damage", DAMAGE, indirect=True)
def test_pages_answer_beside_a_damaged_target(
    stores: Stores, damage: Callable[[Path], object]
) -> None:
    damage(stores.files.targets)
    client = create_app(stores.settings).test_client()
    for page in ("/", "/settings", "/jobs"):
        assert client.get(page).status_code == 200, page
    text = client.get("/characters").text
    assert "Cannot be used" in text
    assert "red_circle: " in text


@pytest.mark.parametrize(
    "damage", ["a head that is cut off", "a number for a shape", "NaN in a card"], indirect=True
)
def test_a_job_queued_for_a_damaged_target_fails_and_the_next_one_runs(
    stores: Stores, executor: LocalExecutor, damage: Callable[[Path], object]
) -> None:
    unlucky = queued(stores, drawn(2))
    preferences.save(stores, Preferences(target="whole"))
    other = queued(stores, drawn(3))
    damage(stores.files.targets)
    running = loop(stores, executor)
    while not jobs.get(stores, other.id).state.is_over:
        running.step()
    assert jobs.get(stores, other.id).state is JobState.SUCCEEDED
    failed = jobs.get(stores, unlucky.id)
    assert failed.state is JobState.FAILED
    assert "red_circle: " in (failed.error or "")
