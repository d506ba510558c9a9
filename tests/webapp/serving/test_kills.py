"""The web part is killed while files come in and go out: nothing is lost, nothing is left over."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.running import Running, until
from tests.webapp.made import drawn, queued, recent_jobs
from tests.webapp.pages.tus import PART, TUS, encode_metadata
from tests.webapp.pages.zips import zipped
from webapp.config import Settings
from webapp.records import Job, Preferences
from webapp.services import jobs, preferences, resumable
from webapp.services.check import check_instance
from webapp.storage import Stores

SMALL_BUFFER = 64 * 1024
"""Bytes that the kernel keeps for a client, so that a download waits for its reader."""


@pytest.fixture
def running(tmp_path: Path, red_circle: Path) -> Iterator[Running]:
    """The program, which looks for red circles and keeps every picture."""
    run = Running(tmp_path / "data")
    try:
        assert until(run.answers), run.log.read_text()
        shutil.copytree(red_circle, run.data / "targets", dirs_exist_ok=True)
        preferences.save(open_stores(run), Preferences(target="red_circle", confidence=0.0))
        yield run
    finally:
        run.kill()


def open_stores(run: Running) -> Stores:
    return Stores.open(Settings(data_dir=run.data))


def sieve(run: Running, stores: Stores, members: Mapping[str, bytes]) -> Job:
    """The job of an archive, once it has ended."""
    job = queued(stores, members)
    assert until(lambda: jobs.get(stores, job.id).state.is_over), run.log.read_text()
    return jobs.get(stores, job.id)


def ask(
    run: Running, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
) -> tuple[http.client.HTTPResponse, bytes]:
    """The answer to a request, and its body."""
    connection = http.client.HTTPConnection("127.0.0.1", run.port, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer, answer.read()


def begin(run: Running, request: str, headers: Mapping[str, str], body: bytes) -> socket.socket:
    """Send a request's head and the begin of its body; the rest never follows."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    client.settimeout(60)
    client.connect(("127.0.0.1", run.port))
    lines = [f"{request} HTTP/1.1", f"Host: 127.0.0.1:{run.port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    client.sendall("\r\n".join([*lines, "", ""]).encode() + body)
    return client


def begin_download(run: Running, path: str) -> tuple[str, bytes]:
    """Read a part of a download until the web part is killed. Returns its ETag and what came."""
    with begin(run, f"GET {path}", {}, b"") as client:
        answer = http.client.HTTPResponse(client)
        answer.begin()
        received = answer.read(1_000_000)
        kill_web(run)
        with contextlib.suppress(http.client.IncompleteRead, ConnectionError):
            while piece := answer.read1():
                received += piece
    return answer.headers["ETag"], received


def kill_web(run: Running) -> None:
    """Kill all processes of the web part, and wait until it is back."""
    before = run.processes("wsgi:app")
    assert len(before) >= 2, "gunicorn and its worker"
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: bool(set(run.processes("wsgi:app")) - set(before)))
    assert until(run.answers), run.log.read_text()


@pytest.mark.slow
def test_a_killed_web_part_loses_no_upload_and_no_download(running: Running) -> None:
    stores = open_stores(running)
    large = {path: picture + os.urandom(8_000_000) for path, picture in drawn(3).items()}
    job = sieve(running, stores, large)
    download = f"/jobs/{job.id}/kept.zip"
    _, whole = ask(running, "GET", download, {})

    data = zipped({"a.png": os.urandom(3_000_000)}).getvalue()
    created, _ = ask(
        running,
        "POST",
        "/files/",
        {
            **TUS,
            "Upload-Length": str(len(data)),
            "Upload-Metadata": encode_metadata(filename="a.zip"),
        },
    )
    upload = created.headers["Location"]
    part = {**PART, "Upload-Offset": "0", "Content-Length": str(len(data))}
    plain_form = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "9000000"}
    file_field = b'--x\r\nContent-Disposition: form-data; name="archive"; filename="b.zip"\r\n\r\n'
    with (
        begin(running, f"PATCH {upload}", part, data[:2_000_000]),
        begin(running, "POST /uploads", plain_form, file_field + data[:1_000_000]),
    ):
        assert until(lambda: read_offset(running, upload) > 1_000_000)
        assert until(lambda: len(list(stores.files.uploads.iterdir())) == 2)
        version, received = begin_download(running, download)

    assert 0 < len(received) < len(whole)
    rest, end = ask(
        running, "GET", download, {"Range": f"bytes={len(received)}-", "If-Range": version}
    )
    assert rest.status == 206
    assert received + end == whole

    offset = read_offset(running, upload)
    assert 1_000_000 < offset < len(data)
    finished, _ = ask(
        running, "PATCH", upload, {**PART, "Upload-Offset": str(offset)}, data[offset:]
    )
    assert finished.status == 204
    job_id = finished.headers["Job-Location"].rpartition("/")[2]
    assert stores.files.archive(job_id).read_bytes() == data
    assert until(lambda: jobs.get(stores, job_id).state.is_over)
    assert list(check_instance(stores, repair=False)) == []


@pytest.mark.slow
def test_a_complete_upload_of_a_killed_program_becomes_a_job_after_its_start(
    running: Running,
) -> None:
    stores = open_stores(running)
    running.kill()
    data = zipped(drawn(2)).getvalue()
    metadata = encode_metadata(filename="a.zip")
    upload = resumable.create(stores, length=len(data), metadata=metadata)
    stores.files.resumable(upload.id).write_bytes(data)  # its client hung up before the answer
    running.start()
    assert until(lambda: [job.id for job in recent_jobs(stores)] == [upload.id])
    assert until(lambda: jobs.get(stores, upload.id).state.is_over), running.log.read_text()
    assert list(check_instance(stores, repair=False)) == []


def read_offset(run: Running, upload: str) -> int:
    answer, _ = ask(run, "HEAD", upload, TUS)
    return int(answer.headers["Upload-Offset"])
