"""The pages of the targets."""

from __future__ import annotations

import dataclasses
import json
from typing import cast

from ml.vision.card import write_card
from tests.webapp.made import add_opposite
from tests.webapp.pages.conftest import Browser
from webapp.services import preferences, targets
from webapp.storage import Stores


def test_the_targets_page_shows_the_target_in_use(browser: Browser) -> None:
    page = browser.text("/characters")
    assert "Red circle" in page
    assert "In use" in page


def test_a_card_without_figures_says_so(browser: Browser) -> None:
    assert "is not known" in browser.text("/characters/red_circle")
    assert browser.get("/characters/nobody").status_code == 404


def test_a_damaged_target_breaks_no_page(browser: Browser, stores: Stores) -> None:
    folder = stores.files.targets / "red_circle"
    card = json.loads((folder / "card.json").read_text())
    whole = folder.resolve()
    folder.unlink()
    folder.mkdir()
    (folder / "head.npz").write_bytes((whole / "head.npz").read_bytes())
    (folder / "card.json").write_text((whole / "card.json").read_text())
    assert "Cannot be used" not in browser.text("/characters")
    (folder / "card.json").write_text(json.dumps({**card, "format": 99}))
    for path in ("/", "/settings", "/characters"):
        assert browser.get(path).status_code == 200
    listed = browser.text("/characters")
    assert "Cannot be used" in listed
    assert "format 99" in listed
    answer = browser.get("/characters/red_circle")
    assert answer.status_code == 500
    assert "format 99" in answer.text


def test_the_page_of_the_shipped_target_shows_its_figures(browser: Browser) -> None:
    page = browser.text("/characters/mona")
    assert "Average precision" in page
    assert "What the percentage means" in page
    assert "Found 4 of 6 in our test, none wrong" in browser.text("/characters")


def test_a_recommended_confidence_says_what_it_is_good_for(
    browser: Browser, stores: Stores
) -> None:
    name = add_opposite(stores)
    card = targets.get(stores, name).card
    recommended = {"best_f1": 0.4, "precision_95": 0.8}
    write_card(stores.files.targets / name, dataclasses.replace(card, thresholds=recommended))
    page = browser.text(f"/characters/{name}")
    assert "Few mistakes: the lowest setting" in page
    assert "best_f1" not in page
    assert "precision_95" not in page


def test_old_addresses_lead_to_the_characters(browser: Browser) -> None:
    for old, new in (("/targets", "/characters"), ("/targets/mona", "/characters/mona")):
        answer = browser.get(old)
        assert (answer.status_code, answer.location) == (301, new)


def test_a_character_is_found_by_its_name(browser: Browser) -> None:
    page = browser.text("/characters?search=MON")
    assert 'href="/characters/mona"' in page
    assert 'href="/characters/red_circle"' not in page
    assert "No character is called “nobody”" in browser.text("/characters?search=nobody")


def test_a_character_is_taken_into_use_on_its_page(browser: Browser, stores: Stores) -> None:
    answer = browser.post("/characters/mona/use")
    assert (answer.status_code, answer.location) == (303, "/characters/mona")
    assert "New jobs look for Mona." in browser.text("/characters/mona")
    assert preferences.get(stores).target == "mona"
    assert browser.post("/characters/nobody/use").status_code == 404


def test_a_card_with_curves_has_charts_and_their_tables(browser: Browser, stores: Stores) -> None:
    name = add_opposite(stores)
    card = targets.get(stores, name).card
    rate = {"value": 0.67, "low": 0.35, "high": 0.89}
    figures = {
        "positives": 60,
        "at_0.95": {
            "confidence": 0.95, "kept": 40, "wrongly_kept": 0, "recall": rate,
            "precision": {"value": 1.0, "low": 0.9, "high": 1.0},
        },
        "threshold_curve": [
            {"threshold": 0.95, "kept": 40, "precision": 1.0, "recall": 0.67, "f1": 0.8}
        ],
        "reliability": [
            {"low": 0.95, "high": 1, "count": 40, "mean_probability": 0.98, "observed": 1.0}
        ],
    }  # fmt: skip
    write_card(stores.files.targets / name, dataclasses.replace(card, figures=figures))
    page = browser.text(f"/characters/{name}")
    assert "67 of 100 pictures of Opposite found." in page
    assert "likely between 35 and 89" in page
    assert page.count('class="dot-sure"') == 35 + 90
    assert "Finds about 67 of 100, hardly any wrong" in page
    assert "Said 98 %: 100 % of 40 pictures were" in page
    assert "0.6700" not in page

    point = cast("dict[str, object]", figures["at_0.95"]) | {"kept": 4, "wrongly_kept": 1}
    few = figures | {"positives": 5, "at_0.95": point}
    write_card(stores.files.targets / name, dataclasses.replace(card, figures=few))
    page = browser.text(f"/characters/{name}")
    assert "3 of 5 pictures of Opposite found." in page
    assert "3 of 4 kept pictures right." in page
    assert page.count('class="dot-sure"') == 3 + 3
    assert "of 100 kept pictures right" not in page
