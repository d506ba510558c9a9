"""Slow clients take neither threads nor the loop away from others."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, free_port, until
from webapp.serving.gunicorn_config import DATA_BYTES

CONFIG = """
import webapp.serving.worker as worker
from webapp.serving.gunicorn_config import *

bind = "127.0.0.1:{port}"
threads = 3
worker.HEAD_SECONDS = worker.STALL_SECONDS = 1
worker.LINGER_SECONDS = 0.2
"""
APP = """
def app(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (bytes(1_000_000) for _ in range(500 if environ["PATH_INFO"] == "/large" else 1))
"""
HALF = b"GET / HTTP/1.1\r\nHost: local"
PAGE = HALF + b"host\r\n\r\n"
LARGE = PAGE.replace(b" / ", b" /large ")
BODY = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nhalf"
MANY = 12
"""Four clients for every thread."""

Address = tuple[str, int]


@pytest.fixture(scope="module")
def gunicorn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Address, int]]:
    """Address and process of gunicorn, with three threads and a second's patience."""
    folder = tmp_path_factory.mktemp("gunicorn")
    (folder / "config.py").write_text(CONFIG.format(port=(port := free_port())))
    (folder / "served.py").write_text(APP)
    command = [sys.executable, "-m", "gunicorn", "--config", str(folder / "config.py")]
    command += ["--pythonpath", f"{ROOT},{folder}", "served:app"]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        assert until(lambda: answers(("127.0.0.1", port)), 30), (folder / "log.txt").read_text()
        yield ("127.0.0.1", port), process.pid
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def address(gunicorn: tuple[Address, int]) -> Address:
    return gunicorn[0]


def answers(address: Address, request: bytes = PAGE) -> bool:
    """Whether a request is answered in time."""
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=15) as client:
        client.sendall(request)
        return client.recv(15).startswith(b"HTTP/1.1 200")
    return False


@contextlib.contextmanager
def open_clients(address: Address, request: bytes) -> Iterator[list[socket.socket]]:
    """Clients that send this and then do nothing."""
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(address, timeout=15)) for _ in range(MANY)
        ]
        for client in clients:
            client.sendall(request)
        yield clients


def is_closed(client: socket.socket) -> bool:
    """Whether the server ended the connection, after whatever it still sent."""
    try:
        while client.recv(1_000_000):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize(
    "request_", [b"", HALF, BODY, LARGE], ids=["nothing", "half a head", "half a body", "no reader"]
)
def test_clients_that_stall_are_cut_off_and_others_are_served(
    address: Address, request_: bytes
) -> None:
    with open_clients(address, request_) as clients:
        assert answers(address)
        assert all(is_closed(client) for client in clients)


@pytest.mark.slow
def test_a_stalled_second_request_takes_no_thread_either(address: Address) -> None:
    with open_clients(address, PAGE + HALF) as clients:
        assert answers(address)
        assert all(is_closed(client) for client in clients)


@pytest.mark.slow
def test_clients_that_do_not_hang_up_do_not_stop_the_loop(address: Address) -> None:
    asked_to_close = PAGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with open_clients(address, asked_to_close):
        assert answers(address)


def test_a_head_may_come_in_pieces(address: Address) -> None:
    with socket.create_connection(address, timeout=15) as client:
        for piece in (PAGE[:5], PAGE[5:-2], PAGE[-2:]):
            client.sendall(piece)
        assert client.recv(15).startswith(b"HTTP/1.1 200")


def test_one_connection_serves_several_requests(address: Address) -> None:
    with socket.create_connection(address, timeout=15) as client:
        for _ in range(3):
            client.sendall(PAGE.replace(b"GET", b"HEAD"))
            assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_two_requests_sent_at_once_are_both_answered(address: Address) -> None:
    with socket.create_connection(address, timeout=15) as client:
        client.sendall(2 * PAGE.replace(b"GET", b"HEAD"))
        received = b""
        while received.count(b"HTTP/1.1 200") < 2:
            received += client.recv(1000)


def test_a_head_without_an_end_is_cut_off(address: Address) -> None:
    with socket.create_connection(address, timeout=15) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 300_000)
        assert is_closed(client)


def test_a_header_cannot_move_the_apps_root(address: Address) -> None:
    assert answers(address, PAGE.replace(b"\r\n\r\n", b"\r\nSCRIPT_NAME: /x\r\n\r\n"))


def test_the_process_that_serves_has_a_limit_of_memory(gunicorn: tuple[Address, int]) -> None:
    _, master = gunicorn
    (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    limits = Path(f"/proc/{worker}/limits").read_text()
    assert re.search(rf"Max data size +{DATA_BYTES} +{DATA_BYTES}", limits)
