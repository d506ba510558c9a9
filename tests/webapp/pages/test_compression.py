"""Answers are compressed for browsers that accept it."""

from __future__ import annotations

import gzip

import pytest

from tests.webapp.pages.conftest import Browser


def test_a_page_is_compressed(browser: Browser, page: str) -> None:
    plain = browser.get(page)
    packed = browser.get(page, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"].startswith("Accept-Encoding")
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    assert "Content-Encoding" not in plain.headers
    assert len(gzip.decompress(packed.data)) == len(plain.data)


@pytest.mark.parametrize("path", ["/state.json", "/thumbnails/0.jpg", "/kept.zip"])
def test_short_answers_pictures_and_archives_are_not(
    browser: Browser, page: str, path: str
) -> None:
    answer = browser.get(f"{page}{path}", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
