"""Scripts get JSON, browsers get pages."""

from __future__ import annotations

import pytest
from flask import Flask

from webapp.pages.context import wants_json

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/jobs", BROWSER, False),
        ("/jobs", "*/*", False),
        ("/jobs", "application/json", True),
        ("/api/v1/jobs", BROWSER, True),
        ("/jobs/x/counts.json", BROWSER, True),
    ],
)
def test_path_and_accept_header_decide(app: Flask, path: str, accept: str, expected: bool) -> None:
    with app.test_request_context(path, headers={"Accept": accept}):
        assert wants_json() is expected
