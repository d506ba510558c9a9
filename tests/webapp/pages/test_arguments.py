"""Arguments of a request are checked."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.exceptions import UnprocessableEntity

from ml.scoring.piles import Pile
from webapp.pages.arguments import read_confidence, read_number, read_pile
from webapp.records import HIGHEST


def test_arguments_are_read(app: Flask) -> None:
    with app.test_request_context("/?pile=kept&confidence=0,5&limit=7"):
        assert read_pile() is Pile.KEPT
        assert read_confidence() == 0.5
        assert read_number("limit", 100) == 7
    with app.test_request_context(f"/?after={10**30}"):
        assert read_number("after", 0) == HIGHEST


@pytest.mark.parametrize(("text", "value"), [("1", 0.01), ("1.0", 1.0), ("95", 0.95)])
def test_a_whole_number_is_a_percentage(app: Flask, text: str, value: float) -> None:
    with app.test_request_context(f"/?confidence={text}"):
        assert read_confidence() == value


def test_missing_arguments_have_defaults(app: Flask) -> None:
    with app.test_request_context("/?confidence=+"):
        assert read_pile() is None
        assert read_confidence() is None
        assert read_number("limit", 100) == 100


@pytest.mark.parametrize(
    "query", ["pile=best", "confidence=101", "show=some", "limit=-1", "limit=x"]
)
def test_a_bad_argument_is_refused_with_its_value(app: Flask, query: str) -> None:
    name, _, value = query.partition("=")
    readers = {"pile": read_pile, "confidence": read_confidence}
    with app.test_request_context(f"/?{query}"), pytest.raises(UnprocessableEntity) as refused:
        readers.get(name, lambda: read_number(name, 0))()
    assert f"received {value!r}" in str(refused.value.description)
