"""The pages of the targets."""

from __future__ import annotations

import dataclasses
import json

from ml.vision.card import write_card
from tests.webapp.made import add_opposite
from tests.webapp.pages.conftest import Browser
from webapp.services import targets
from webapp.storage import Stores


def test_the_targets_page_shows_the_target_in_use(browser: Browser) -> None:
    page = browser.text("/targets")
    assert "Red circle" in page
    assert "In use" in page


def test_a_card_without_figures_says_so(browser: Browser) -> None:
    assert "is not known" in browser.text("/targets/red_circle")
    assert browser.get("/targets/nobody").status_code == 404


def test_a_damaged_target_breaks_no_page(browser: Browser, stores: Stores) -> None:
    folder = stores.files.targets / "red_circle"
    card = json.loads((folder / "card.json").read_text())
    whole = folder.resolve()
    folder.unlink()
    folder.mkdir()
    (folder / "head.npz").write_bytes((whole / "head.npz").read_bytes())
    (folder / "card.json").write_text((whole / "card.json").read_text())
    assert "Cannot be used" not in browser.text("/targets")
    (folder / "card.json").write_text(json.dumps({**card, "format": 99}))
    for path in ("/", "/settings", "/targets"):
        assert browser.get(path).status_code == 200
    listed = browser.text("/targets")
    assert "Cannot be used" in listed
    assert "format 99" in listed
    answer = browser.get("/targets/red_circle")
    assert answer.status_code == 500
    assert "format 99" in answer.text


def test_the_page_of_the_shipped_target_shows_its_figures(browser: Browser) -> None:
    page = browser.text("/targets/mona")
    assert "Average precision" in page
    assert "What the probability means" in page
    assert "Average precision" in browser.text("/targets")


def test_a_recommended_confidence_says_what_it_is_good_for(
    browser: Browser, stores: Stores
) -> None:
    name = add_opposite(stores)
    card = targets.get(stores, name).card
    recommended = {"best_f1": 0.4, "precision_95": 0.8}
    write_card(stores.files.targets / name, dataclasses.replace(card, thresholds=recommended))
    page = browser.text(f"/targets/{name}")
    assert "Which confidence to choose" in page
    assert "Few mistakes: the lowest setting" in page
    assert "best_f1" not in page
    assert "precision_95" not in page
