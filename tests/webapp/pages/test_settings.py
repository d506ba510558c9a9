"""The settings page."""

from __future__ import annotations

import dataclasses
import re

import pytest
from flask import Flask

from tests.webapp.pages.conftest import Browser
from webapp.pages.context import KEY
from webapp.pages.strictness import list_strictness
from webapp.records import Preferences
from webapp.services import preferences, targets
from webapp.storage import Stores

GOOD = {
    "confidence": "0.8",
    "target": "red_circle",
    "copy_kept": "y",
    "copy_folder": "circles/2026",
    "start_at_once": "",
    "retention_days": "0",
}


def test_saving_keeps_the_settings_and_stays_on_the_page(browser: Browser, stores: Stores) -> None:
    answer = browser.post("/settings", GOOD)
    assert (answer.status_code, answer.location) == (303, "/settings")
    assert "Settings saved." in browser.text("/settings")
    assert preferences.get(stores) == Preferences(
        confidence=0.8,
        target="red_circle",
        copy_kept=True,
        copy_folder="circles/2026",
        start_at_once=False,
        retention_days=0,
        look_closely=False,
    )


def test_the_page_shows_the_saved_settings_and_cancel(browser: Browser) -> None:
    browser.post("/settings", GOOD)
    page = browser.text("/settings")
    assert re.search(r'name="confidence"[^>]* value="80\u202f%"', page)
    assert re.search(r'value="own" checked', page)
    assert 'value="circles/2026"' in page
    assert ">Cancel</a>" in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("confidence", "150", "is a percentage"),
        ("confidence", "high", "is a percentage"),
        ("confidence", "", "is a percentage"),
        ("retention_days", "-1", "From 0 to 3,650 days"),
        ("retention_days", "soon", "From 0 to 3,650 days"),
        ("target", "nobody", "one of the characters"),
        ("copy_folder", "../elsewhere", "lies outside"),
        ("copy_folder", "/etc", "lies outside"),
        ("copy_folder", "~/pictures", "only in a shell"),
    ],
)
def test_a_bad_value_is_refused_at_its_field_and_nothing_is_saved(
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


def test_a_choice_of_how_strict_comes_before_the_percentage(
    browser: Browser, stores: Stores
) -> None:
    card = targets.get(stores, "red_circle").card
    for choice in list_strictness(card):
        browser.post("/settings", GOOD | {"strictness": choice.name})
        assert preferences.get(stores).confidence == choice.confidence
        assert f'value="{choice.name}" checked' in browser.text("/settings")


def test_a_folder_is_tried_without_saving_anything(browser: Browser, stores: Stores) -> None:
    before = preferences.get(stores)
    answer = browser.post("/settings", GOOD | {"try": "1"})
    assert answer.status_code == 200
    assert "Pictures can be written to" in answer.text
    assert not list(stores.files.storage_root.iterdir())
    (stores.files.storage_root / "circles").write_text("in the way")
    answer = browser.post("/settings", GOOD | {"try": "1"})
    assert answer.status_code == 422
    assert "cannot be made" in answer.text
    assert preferences.get(stores) == before


def test_looking_closely_says_when_it_has_no_effect(
    app: Flask, browser: Browser, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Red circle&#39;s network sees pictures at one scale only." in browser.text("/settings")
    off = dataclasses.replace(stores.settings, look_closely=False)
    monkeypatch.setitem(app.extensions, KEY, dataclasses.replace(stores, settings=off))
    assert "the operator has turned it off" in browser.text("/settings")


def test_the_page_lists_the_limits_of_the_operator(browser: Browser) -> None:
    page = browser.text("/settings")
    assert "MONASIEVE_MAX_UPLOAD_BYTES" in page
    assert "4 GiB" in page


def test_a_refused_folder_is_not_echoed_at_full_length(browser: Browser) -> None:
    answer = browser.post("/settings", GOOD | {"copy_folder": "/" + "x" * 400})
    assert answer.status_code == 422
    assert f"{'x' * 59}…" in answer.text


def test_the_folders_preview_says_where_a_picture_would_be_and_writes_nothing(
    browser: Browser, stores: Stores
) -> None:
    root = stores.files.storage_root
    new = browser.text("/settings/folder?copy_folder=mona/holiday")
    assert f"{root.resolve()}/mona/holiday/crawl 1a2b3c4d/art/wallpaper.jpg" in new
    assert "The folder will be made" in new
    assert "are free on its disk" in new
    assert not list(root.iterdir())
    assert "The folder can be written to" in browser.text("/settings/folder")

    (root / "mona").write_text("a file in the way")
    assert "Nothing can be written there" in browser.text(
        "/settings/folder?copy_folder=mona/holiday"
    )
    assert "lies outside" in browser.text("/settings/folder?copy_folder=../elsewhere")


def test_without_script_the_saved_folders_preview_is_in_the_page(browser: Browser) -> None:
    browser.post("/settings", GOOD)
    assert "circles/2026/crawl 1a2b3c4d/art/wallpaper.jpg" in browser.text("/settings")
