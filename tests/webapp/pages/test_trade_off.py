"""The slider on a character's page, as the server draws it."""

from __future__ import annotations

import dataclasses

from tests.webapp.pages.conftest import Browser
from webapp.pages.trade_off import ONE_IN, make_table
from webapp.services import targets
from webapp.storage import Stores


def test_the_page_begins_at_the_balanced_confidence_and_the_tests_prevalence(
    browser: Browser, stores: Stores
) -> None:
    card = targets.get(stores, "mona").card
    table = make_table(card, None, None)
    assert table
    assert (table.confidences[table.step], table.one_in) == (0.5, 50)
    (point,) = (p for p in card.figures["threshold_curve"] if p["threshold"] == 0.5)
    found, right = round(100 * point["recall"]), round(100 * point["precision"])
    assert (table.cell.found, table.cell.right, table.cell.beyond) == (found, right, 0)
    page = browser.text("/characters/mona")
    assert f"{found} of 100 pictures of Mona found." in page
    assert f"{right} of 100 kept pictures right." in page
    assert f"likely between {table.cell.right_low} and {table.cell.right_high}" in page


def test_without_script_the_server_shows_what_was_chosen(browser: Browser, stores: Stores) -> None:
    table = make_table(targets.get(stores, "mona").card, 0, 5)
    assert table
    page = browser.text("/characters/mona?step=0&one_in=5")
    assert f"{table.cell.found} of 100 pictures of Mona found." in page
    assert '<option value="5" selected>' in page
    assert browser.text("/characters/mona?step=99&one_in=x") == browser.text("/characters/mona")


def test_a_confidence_beyond_the_test_is_marked(browser: Browser) -> None:
    strict = 'data-beyond="1" hidden'
    assert strict in browser.text("/characters/mona?step=13&one_in=50")
    assert strict not in browser.text("/characters/mona?step=13&one_in=200")


def test_every_prevalence_has_every_confidence(stores: Stores) -> None:
    card = targets.get(stores, "mona").card
    table = make_table(card, None, None)
    assert table
    assert [len(row) for row in table.rows] == [len(table.confidences)] * len(ONE_IN)
    assert make_table(dataclasses.replace(card, figures={}), None, None) is None
