"""tuspy, a client that we did not write, uploads to the app over a real socket."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from tusclient.client import TusClient
from tusclient.exceptions import TusUploadFailed
from werkzeug.serving import BaseWSGIServer, make_server

from tests.webapp.made import drawn, recent_jobs
from tests.webapp.pages.zips import zipped
from webapp import create_app
from webapp.storage import Stores

Serve = Callable[[Flask], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves an app, and returns the address of its uploads."""
    servers: list[BaseWSGIServer] = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.port}/files/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def make_uploader(address: str, data: bytes, **options: Any) -> Any:
    return TusClient(address).uploader(
        file_stream=io.BytesIO(data),
        chunk_size=2_000,
        metadata={"filename": "Ferien ö.zip"},
        **options,
    )


@pytest.mark.parametrize("upload_checksum", [False, True])
def test_tuspy_uploads_an_archive_in_chunks(
    app: Flask, serve: Serve, stores: Stores, upload_checksum: bool
) -> None:
    data = zipped(drawn(8)).getvalue()
    assert len(data) > 3 * 2_000
    uploader = make_uploader(serve(app), data, upload_checksum=upload_checksum)
    uploader.upload()
    (job,) = recent_jobs(stores)
    assert (job.name, job.total) == ("Ferien ö.zip", 8)
    assert stores.files.archive(job.id).read_bytes() == data
    assert uploader.request.response_headers["job-location"] == f"/jobs/{job.id}"


def test_tuspy_continues_after_a_restart_of_the_server(
    app: Flask, serve: Serve, stores: Stores
) -> None:
    data = zipped(drawn(8)).getvalue()
    first = make_uploader(serve(app), data)
    first.upload(stop_at=4_000)
    path = first.url.rpartition("/")[2]
    restarted = serve(create_app(stores.settings))
    second = make_uploader(restarted, data, url=restarted + path)
    assert second.offset == 4_000
    second.upload()
    (job,) = recent_jobs(stores)
    assert stores.files.archive(job.id).read_bytes() == data


def test_tuspy_hears_of_a_refused_archive(app: Flask, serve: Serve, stores: Stores) -> None:
    with pytest.raises(TusUploadFailed) as failed:
        make_uploader(serve(app), b"no archive at all").upload()
    assert failed.value.status_code == 422
    assert b"neither an archive nor a picture" in failed.value.response_content
    assert recent_jobs(stores) == []
