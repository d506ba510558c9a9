"""Errors are sentences, for browsers and for scripts."""

from __future__ import annotations

import dataclasses
import io
import os

import pytest
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.http.unreader import IterUnreader
from werkzeug.test import run_wsgi_app

from ml.errors import MonaError, StorageFull
from tests.webapp.pages.conftest import JSON, Browser
from tests.webapp.pages.requests import build_upload
from webapp import PARTS_BESIDE_FILES, create_app
from webapp.errors import Gone, PreferenceRefused, TooManyTransfers
from webapp.storage import Stores


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/jobs", 405), ("GET", "/uploads", 405)],
)
def test_http_errors_are_pages_for_browsers_and_json_for_scripts(
    browser: Browser, method: str, path: str, status: int
) -> None:
    answer = browser.client.open(path, method=method)
    assert answer.status_code == status
    assert "<nav" in answer.text
    spoken = browser.client.open(path, method=method, headers=JSON)
    assert spoken.status_code == status
    assert spoken.json is not None
    assert spoken.json["ok"] is False
    assert spoken.json["error"]


def test_a_bug_is_a_page_without_details(browser: Browser, page: str) -> None:
    @browser.client.application.get("/bug")
    def bug() -> str:
        raise ZeroDivisionError("secret detail")

    answer = browser.get("/bug")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "secret detail" not in answer.text


def test_an_upload_over_the_limit_is_drained_and_refused(
    stores: Stores,
) -> None:
    small = dataclasses.replace(stores.settings, max_upload_bytes=2048)
    browser = Browser(create_app(small).test_client())
    environ = build_upload({"a.zip": os.urandom(300_000)}, browser.token())
    answer = browser.client.open(environ)
    assert answer.status_code == 413
    assert "the limit is 2 KiB" in answer.text
    assert environ["wsgi.input"].read() == b"", "a browser that is still sending shows no answer"
    assert list(stores.files.uploads.iterdir()) == []


def test_a_chunked_upload_over_the_limit_is_refused(
    stores: Stores,
) -> None:
    app = create_app(dataclasses.replace(stores.settings, max_upload_bytes=2048))
    environ = build_upload({"a.zip": os.urandom(300_000)}, "no token")
    del environ["CONTENT_LENGTH"]
    environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    answer, status, _ = run_wsgi_app(app, environ)  # the client would work out the length
    assert status.startswith("413")
    assert b"That upload is larger; the limit is 2 KiB." in b"".join(answer)


def test_a_chunked_upload_that_breaks_the_protocol_is_refused(
    stores: Stores,
) -> None:
    """Read as gunicorn reads it."""
    environ = build_upload({"a.zip": b""}, "no token")
    del environ["CONTENT_LENGTH"]
    body = Body(ChunkedReader(None, IterUnreader([b"3\r\n--x\r\nno number\r\n"])))
    environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    answer, status, _ = run_wsgi_app(create_app(stores.settings), environ | {"wsgi.input": body})
    assert status.startswith("400")
    assert b"The body of this request cannot be read: Invalid chunk size" in b"".join(answer)
    assert list(stores.files.uploads.iterdir()) == []


def test_too_many_files_are_refused(stores: Stores) -> None:
    few = dataclasses.replace(stores.settings, max_members=3)
    browser = Browser(create_app(few).test_client())
    files = {f"{number}.png": b"" for number in range(3 + PARTS_BESIDE_FILES)}
    answer = browser.client.open(build_upload(files, browser.token()))
    assert answer.status_code == 413
    assert "more than 3 files" in answer.text
    assert list(stores.files.uploads.iterdir()) == []


def test_a_field_that_is_too_long_is_refused(browser: Browser) -> None:
    answer = browser.post("/uploads", {"confidence": "1" * 600_000, "archive": (io.BytesIO(), "")})
    assert answer.status_code == 413
    assert "A field of that form is far too long" in answer.text


@pytest.mark.parametrize(
    ("error", "status", "way_on"),
    [
        (Gone("It was taken back."), 410, 'href="/jobs"'),
        (PreferenceRefused("A job needs a name."), 422, 'href="/"'),
        (TooManyTransfers("32 downloads are running."), 429, 'href="/broken?"'),
        (StorageFull("The disk is full."), 507, 'href="/disk"'),
    ],
)
def test_a_page_of_an_error_says_what_happened_and_where_to_go(
    browser: Browser, error: MonaError, status: int, way_on: str
) -> None:
    @browser.client.application.get("/broken")
    def fail() -> str:
        raise error

    answer = browser.get("/broken")
    assert answer.status_code == status
    assert str(error) in answer.text
    assert way_on in answer.text
    assert ("Try again" in answer.text) == (status in (429, 507))
