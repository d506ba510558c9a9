"""Pages are answered, and uploads and downloads beyond their slots are told so, by the real app."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.running import until
from tests.webapp.conftest import copy_folder
from tests.webapp.serving.clients import (
    HALF,
    Address,
    answers,
    connect,
    is_open,
    open_clients,
    run_gunicorn,
)
from webapp.config import LARGE_BYTES, TRANSFERS
from webapp.serving.gunicorn_config import threads

APP = """
from flask import Response
from webapp import create_app
from webapp.config import Settings

app = create_app(Settings.from_env())

@app.get("/endless")
def endless():
    return Response(bytes(65536) for _ in iter(int, 1))
"""
HELP = b"GET /help HTTP/1.1\r\nHost: localhost\r\n\r\n"
ENDLESS = HELP.replace(b"/help", b"/endless")
UPLOAD = (
    "POST /uploads HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
)
SMALL_HALF = f"{UPLOAD}Content-Length: {LARGE_BYTES}\r\n\r\n--x".encode()
LARGE_HALF = f"{UPLOAD}Content-Length: {LARGE_BYTES + 1}\r\n\r\n--x".encode()
EXPECTING = f"{UPLOAD}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n".encode()
CHUNKED = f"{UPLOAD}Transfer-Encoding: chunked\r\n\r\n3\r\n--x\r\n".encode()


@pytest.fixture(scope="module")
def address(empty_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """The real app with all of its threads and its patience."""
    folder = tmp_path_factory.mktemp("served")
    data = copy_folder(empty_folder, folder / "instance").settings.data_dir
    for served, _ in run_gunicorn(folder, app=APP, page=HELP, MONASIEVE_DATA=str(data)):
        yield served


def ask(
    address: Address, method: str, path: str, accept: str, body: bytes = b""
) -> tuple[int, str, http.client.HTTPMessage]:
    """Status and text of an answer, and its headers. Only the begin of an endless one is read."""
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=60)) as connection:
        connection.request(method, path, body, {"Accept": accept})
        answer = connection.getresponse()
        return answer.status, answer.read(50_000).decode(), answer.headers


@contextlib.contextmanager
def take_all_slots(
    address: Address, request: bytes, is_refused: Callable[[], bool]
) -> Iterator[None]:
    """Clients that hold every slot, until one more is refused.

    A slot may be taken when they come: by the one more, or by clients that have just gone.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(open_clients(address, request, TRANSFERS))

        def is_full() -> bool:
            if is_refused():
                return True
            stack.enter_context(connect(address, request))
            return False

        assert until(is_full)
        yield


@pytest.mark.slow
@pytest.mark.parametrize("half", [HALF, SMALL_HALF], ids=["heads", "small bodies"])
def test_half_requests_take_no_thread(address: Address, half: bytes) -> None:
    with open_clients(address, half, threads + 20) as clients:
        assert answers(address, HELP)
        assert all(is_open(client) for client in clients), "the page waited for their time to end"


@pytest.mark.slow
@pytest.mark.parametrize("half", [LARGE_HALF, EXPECTING, CHUNKED], ids=["large", "100", "chunked"])
def test_uploads_beyond_the_slots_are_told_so_and_pages_are_answered(
    address: Address, half: bytes
) -> None:
    body = bytes(40_000_000)  # more than the kernel takes without a reader

    def is_refused() -> bool:
        return ask(address, "POST", "/uploads", "application/json", bytes(300_000))[0] == 429

    with (
        take_all_slots(address, half, is_refused),
        open_clients(address, half, threads),  # all of them are turned away
    ):
        assert answers(address, HELP)
        status, text, headers = ask(address, "POST", "/uploads", "application/json", body)
        assert (status, headers["Retry-After"]) == (429, "5")
        sentence = f"{TRANSFERS} uploads are running, as many as allowed. Try again in a minute."
        assert json.loads(text) == {"ok": False, "error": sentence}
        status, text, _ = ask(address, "POST", "/uploads", "text/html", body)
        assert status == 429
        assert sentence in text
        assert "<!doctype html>" in text.lower()
    assert until(lambda: not is_refused()), "the slots are free again"


@pytest.mark.slow
def test_downloads_beyond_the_slots_are_told_so_and_pages_are_answered(address: Address) -> None:
    def is_refused() -> bool:
        return ask(address, "GET", "/endless", "application/json")[0] == 429

    with take_all_slots(address, ENDLESS, is_refused):
        assert answers(address, HELP)
        sentence = f"{TRANSFERS} downloads are running, as many as allowed. Try again in a minute."
        status, text, _ = ask(address, "GET", "/endless", "application/json")
        assert (status, json.loads(text)["error"]) == (429, sentence)
        status, text, _ = ask(address, "GET", "/endless", "text/html")
        assert status == 429
        assert sentence in text
    assert until(lambda: not is_refused()), "the slots are free again"
