"""Uploads and downloads at once are capped, and pages are not."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from tests.webapp.pages.conftest import JSON
from webapp.config import LARGE_BYTES
from webapp.pages.error_handlers import register_error_handlers
from webapp.pages.transfers import register_transfer_caps

LARGE = bytes(LARGE_BYTES + 1)


@pytest.fixture
def client() -> FlaskClient:
    """An app with one slot for uploads and one for downloads."""
    app = Flask(__name__)
    register_transfer_caps(app, slots=1)
    register_error_handlers(app)

    @app.post("/upload")
    def upload() -> str:
        inner = app.test_client()
        statuses = [
            inner.post("/nothing", data=LARGE, headers=JSON).status_code,
            inner.post("/nothing", data=b"small", headers=JSON).status_code,
            inner.get("/page", headers=JSON).status_code,
        ]
        request.get_data()
        return repr(statuses)

    @app.get("/page")
    def page() -> bytes:
        return b"small"

    @app.get("/download")
    def download() -> Response:
        def pieces() -> Iterator[bytes]:
            yield LARGE
            yield LARGE

        return Response(pieces())

    return app.test_client()


def test_one_upload_more_than_the_slots_is_refused_while_pages_are_served(
    client: FlaskClient,
) -> None:
    for _ in range(2):  # the slot is free again afterwards
        answer = client.post("/upload", data=LARGE)
        assert answer.text == "[429, 404, 200]"


def test_a_body_of_unknown_length_takes_a_slot(client: FlaskClient) -> None:
    answer = client.post(
        "/upload", input_stream=io.BytesIO(b"x"), headers={"Transfer-Encoding": "chunked"}
    )
    assert answer.text == "[429, 404, 200]"


def test_a_client_that_waits_for_100_takes_a_slot(client: FlaskClient) -> None:
    answer = client.post("/upload", data=b"small", headers={"Expect": "100-continue"})
    assert answer.text == "[429, 404, 200]"


def test_one_download_more_than_the_slots_is_refused_until_one_ends(client: FlaskClient) -> None:
    running = client.get("/download")
    refused = client.get("/download", headers=JSON)
    assert refused.status_code == 429
    assert refused.json
    assert refused.json["error"] == (
        "1 downloads are running, as many as allowed. Try again in a minute."
    )
    assert refused.headers["Retry-After"] == "5"
    assert client.head("/download").status_code == 200
    assert client.get("/page").status_code == 200
    running.close()
    assert client.get("/download").status_code == 200
