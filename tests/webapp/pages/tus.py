"""A client of the protocol tus, which sends what a test wants."""

from __future__ import annotations

import base64
import io
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from tests.webapp.made import drawn
from tests.webapp.pages.zips import zipped

TUS = {"Tus-Resumable": "1.0.0"}
PART = {**TUS, "Content-Type": "application/offset+octet-stream"}


def encode_metadata(**values: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


def build_part(url: str, body: bytes) -> dict[str, Any]:
    """The WSGI environment of a PATCH at offset 0, whose headers the test may change."""
    builder = EnvironBuilder(url, method="PATCH", content_type=PART["Content-Type"])
    environ = builder.get_environ() | {"HTTP_TUS_RESUMABLE": "1.0.0", "HTTP_UPLOAD_OFFSET": "0"}
    environ.pop("CONTENT_LENGTH", None)
    return environ | {"wsgi.input": io.BytesIO(body)}


def send_raw(app: Flask, environ: dict[str, Any]) -> str:
    """The status of the answer to these very headers, which a client would put right."""
    return run_wsgi_app(app, environ)[1].partition(" ")[0]


class Sender:
    """A client that sends one archive in parts."""

    def __init__(self, client: FlaskClient, data: bytes | None = None, **metadata: str) -> None:
        self.client = client
        self.data = zipped(drawn(4)).getvalue() if data is None else data
        metadata = {"filename": "a.zip"} | metadata
        self.created = client.post(
            "/files/",
            headers={
                **TUS,
                "Upload-Length": str(len(self.data)),
                "Upload-Metadata": encode_metadata(**metadata),
            },
        )
        self.url = self.created.headers.get("Location", "")

    def send(self, start: int, end: int | None = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.patch(
            self.url,
            data=self.data[start:end],
            headers={**PART, "Upload-Offset": str(start), **named},
        )

    @property
    def offset(self) -> int:
        """How much the server says it has."""
        return int(self.client.head(self.url, headers=TUS).headers["Upload-Offset"])
