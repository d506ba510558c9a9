"""Settings and targets."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from tests.webapp.pages.conftest import Browser
from webapp.pages.target_figures import facts, groups
from webapp.records import Preferences
from webapp.services import preferences
from webapp.storage import Stores

GOOD = {
    "confidence": "0.8",
    "target": "red_circle",
    "copy_kept": "y",
    "copy_folder": "circles/2026",
    "start_at_once": "",
    "retention_days": "0",
}


def test_confirm_keeps_the_settings_and_goes_home(browser: Browser, stores: Stores) -> None:
    answer = browser.post("/settings", GOOD)
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Settings are kept" in browser.text("/")
    assert preferences.get(stores) == Preferences(
        confidence=0.8,
        target="red_circle",
        copy_kept=True,
        copy_folder="circles/2026",
        start_at_once=False,
        retention_days=0,
    )


def test_the_page_shows_what_is_kept_and_a_way_back(browser: Browser) -> None:
    browser.post("/settings", GOOD)
    page = browser.text("/settings")
    assert 'name="confidence" min="0" max="1" step="any" required value="0.8"' in page
    assert 'value="circles/2026"' in page
    assert ">Return</a>" in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("confidence", "1.5", "is a number from 0 to 1"),
        ("confidence", "high", "is a number from 0 to 1"),
        ("confidence", "", "is a number from 0 to 1"),
        ("retention_days", "-1", "From 0 to 3,650 days"),
        ("retention_days", "soon", "From 0 to 3,650 days"),
        ("target", "nobody", "one of the targets"),
        ("copy_folder", "../elsewhere", "lies outside"),
        ("copy_folder", "/etc", "lies outside"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_kept(
    browser: Browser, stores: Stores, field: str, value: str, sentence: str
) -> None:
    before = preferences.get(stores)
    answer = browser.post("/settings", {**GOOD, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert sentence in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert value in answer.text, "what was typed is still there to be put right"
    assert preferences.get(stores) == before


@pytest.mark.parametrize(("confidence", "hidden"), [(0.4, False), (0.5, True), (0.95, True)])
def test_below_a_half_the_page_says_what_that_means(
    browser: Browser, stores: Stores, confidence: float, hidden: bool
) -> None:
    chosen = preferences.get(stores)
    preferences.save(stores, dataclasses.replace(chosen, confidence=confidence))
    page = browser.text("/settings")
    assert ("data-low hidden" in page) is hidden


def test_the_targets_page_shows_who_is_looked_for(browser: Browser) -> None:
    page = browser.text("/targets")
    assert "Red circle" in page
    assert "In use" in page


def test_a_card_without_figures_says_that_nothing_is_known(browser: Browser) -> None:
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


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({}, []),
        ({"ap": 0.9134}, [("Average precision", "0.913", "")]),
        ({"f1": {"value": 0.86, "low": 0.8, "high": 0.9}}, [("F1", "0.860", "0.800 to 0.900")]),
        ({"ap": {"value": 1, "interval": [0, 1]}}, [("Average precision", "1", "0 to 1")]),
        ({"f1": {"value": 0.86, "low": None}}, [("F1", "0.860", "")]),
        (
            {"note": "none", "by_source": [1200, 0.5]},
            [("Note", "none", ""), ("By source", "1,200, 0.500", "")],
        ),
    ],
)
def test_figures_of_any_shape_can_be_read(
    figures: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert [tuple(figure) for figure in facts(figures)] == expected
    assert groups(figures) == ([], [])


def test_figures_in_groups_become_a_table() -> None:
    table = groups({"at_0.95": {"kept": 3, "f1": 0.5}, "best_f1": {"f1": {"value": 0.9}}, "n": 1})
    assert table.columns == ["Kept", "F1"]
    assert table.rows == [
        ("The default", [("Kept", "3", ""), ("F1", "0.500", "")]),
        ("Best F1", [None, ("F1", "0.900", "")]),
    ]


def test_the_page_of_the_shipped_target_tells_its_figures(browser: Browser) -> None:
    page = browser.text("/targets/mona")
    assert "Average precision" in page
    assert "What the probability means" in page
    assert "Average precision" in browser.text("/targets")


def test_a_recommended_confidence_says_what_it_is_good_for(browser: Browser) -> None:
    page = browser.text("/targets/mona")
    assert "Which confidence to choose" in page
    assert "to keep hardly any stranger" in page
    assert "best_f1" not in page
    assert "precision_95" not in page
