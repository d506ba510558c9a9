"""Answers are compressed for browsers that accept it."""

from __future__ import annotations

import gzip

import pytest

from tests.webapp.pages.conftest import Browser


@pytest.mark.parametrize("path", ["", "/names.json"])
def test_pages_and_data_are_compressed(browser: Browser, page: str, path: str) -> None:
    plain = browser.get(f"{page}{path}")
    packed = browser.get(f"{page}{path}", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"].startswith("Accept-Encoding")
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    assert "Content-Encoding" not in plain.headers
    if path:  # a page holds a token that differs
        assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize("path", ["/state.json", "/thumbnails/0.jpg", "/kept.zip"])
def test_short_answers_pictures_and_archives_are_not(
    browser: Browser, page: str, path: str
) -> None:
    answer = browser.get(f"{page}{path}", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
