"""Slow clients take neither threads nor the loop away from others."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import until
from tests.webapp.serving.clients import (
    HALF,
    PAGE,
    Address,
    answers,
    connect,
    is_closed,
    open_clients,
    read_to_end,
    run_gunicorn,
)
from webapp.config import LARGE_BYTES
from webapp.serving.gunicorn_config import DATA_BYTES

CONFIG = """
import webapp.serving.paced_socket as paced_socket
import webapp.serving.worker as worker

threads = 3
keepalive = 1
worker.REQUEST_SECONDS = worker.LINGER_SECONDS = 1
worker.MOST_WAITING = 20
paced_socket.STALL_SECONDS = paced_socket.RATE_SECONDS = 1
"""
APP = """
def app(environ, start_response):
    body = environ["wsgi.input"].read() if environ["PATH_INFO"] != "/unread" else b""
    size = 500_000_000 if environ["PATH_INFO"] == "/large" else int(environ["QUERY_STRING"] or 0)
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Body", repr(body[:20]))])
    return (bytes(min(size - at, 1_000_000)) for at in range(0, size, 1_000_000))
"""
LARGE = PAGE.replace(b" / ", b" /large ")
MANY = 12
"""Four clients for every thread."""
MOST_WAITING = 20


def post(body: bytes, *lines: str, path: str = "/", length: int | None = None) -> bytes:
    """A request with a body, or with less of it than it announces."""
    head = [f"POST {path} HTTP/1.1", "Host: localhost", *lines]
    head += [f"Content-Length: {len(body) if length is None else length}", "", ""]
    return "\r\n".join(head).encode() + body


SMALL_HALF = post(b"hello", length=LARGE_BYTES)
LARGE_HALF = post(b"hello", length=LARGE_BYTES + 1)
CHUNKED_HALF = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
)


@pytest.fixture(scope="module")
def gunicorn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Address, int]]:
    """Address and process of gunicorn, with three threads and a second's patience."""
    yield from run_gunicorn(tmp_path_factory.mktemp("gunicorn"), app=APP, config=CONFIG)


@pytest.fixture
def address(gunicorn: tuple[Address, int]) -> Address:
    return gunicorn[0]


def receive(client: socket.socket, end: bytes) -> bytes:
    """What comes until this does."""
    received = b""
    while end not in received:
        piece = client.recv(1000)
        assert piece, received
        received += piece
    return received


@pytest.mark.slow
@pytest.mark.parametrize(
    "request_",
    [b"", HALF, SMALL_HALF, LARGE_HALF, CHUNKED_HALF, LARGE, PAGE + HALF],
    ids=[
        "nothing",
        "half a head",
        "half a small body",
        "half a large body",
        "half a chunked body",
        "no reader",
        "half a second request",
    ],
)
def test_clients_that_stall_are_cut_off_and_others_are_served(
    address: Address, request_: bytes
) -> None:
    with open_clients(address, request_, MANY) as clients:
        assert answers(address)
        assert all(is_closed(client) for client in clients)


@pytest.mark.parametrize("request_", [HALF, SMALL_HALF], ids=["head", "body"])
def test_a_request_that_does_not_come_to_its_end_is_told_so(
    address: Address, request_: bytes
) -> None:
    with connect(address, request_) as client:
        answer = read_to_end(client)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"did not arrive within 1 seconds. Send it again." in answer


@pytest.mark.slow
def test_clients_that_do_not_hang_up_do_not_stop_the_loop(address: Address) -> None:
    asked_to_close = PAGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with open_clients(address, asked_to_close, MANY):
        assert answers(address)


@pytest.mark.slow
@pytest.mark.parametrize("head", [LARGE_HALF, CHUNKED_HALF], ids=["length", "chunked"])
def test_an_upload_that_only_drips_is_ended(address: Address, head: bytes) -> None:
    with connect(address, head) as client:
        assert until(lambda: is_cut_off(client))


def is_cut_off(client: socket.socket) -> bool:
    """Send a byte in time. Whether the server has answered or ended the connection."""
    client.settimeout(0.1)
    try:
        client.sendall(b"1")
        client.recv(1)
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def test_the_one_that_waits_longest_makes_room(address: Address) -> None:
    with open_clients(address, HALF, MOST_WAITING + 3) as clients:
        assert answers(address)
        refused = read_to_end(clients[0])
    assert refused.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"Too many unfinished requests are waiting." in refused


def test_an_answer_that_is_no_download_needs_no_reader(address: Address) -> None:
    page = PAGE.replace(b" / ", f" /?{LARGE_BYTES} ".encode())
    with open_clients(address, page, MANY, receive_buffer=1) as clients:
        assert answers(address)
        for client in clients:
            assert len(read_to_end(client)) > LARGE_BYTES, "the answer was cut"


def test_a_request_may_come_in_pieces(address: Address) -> None:
    request = post(b"hello")
    with connect(address) as client:
        for piece in (request[:5], request[5:-6], request[-6:-5], request[-5:-2], request[-2:]):
            client.sendall(piece)
        assert b"X-Body: b'hello'" in receive(client, b"\r\n0\r\n\r\n")


def test_one_connection_serves_several_requests(address: Address) -> None:
    with connect(address) as client:
        for number in range(3):
            client.sendall(post(b"number %d" % number))
            assert b"X-Body: b'number %d'" % number in receive(client, b"\r\n0\r\n\r\n")


def test_requests_sent_at_once_are_all_answered_once(address: Address) -> None:
    bodies = [b"one", b"", bytes(LARGE_BYTES), b"four"]
    requests = [post(body) for body in bodies]
    with connect(address, b"".join(requests) + post(b"five", "Connection: close")) as client:
        answered = re.findall(rb"X-Body: (b'.*')\r", read_to_end(client))
    expected = [repr(body[:20]).encode() for body in [*bodies, b"five"]]
    assert answered == expected


def test_a_small_body_that_the_app_does_not_read_is_skipped(address: Address) -> None:
    last = post(b"next", "Connection: close")
    with connect(address, post(PAGE, path="/unread") + last) as client:
        assert re.findall(rb"X-Body: (.*)\r", read_to_end(client)) == [b"b''", b"b'next'"]


@pytest.mark.parametrize("size", [5, LARGE_BYTES + 1])
def test_a_client_that_waits_for_100_gets_it(address: Address, size: int) -> None:
    body = bytes(size)
    with connect(address, post(b"", "Expect: 100-continue", length=size)) as client:
        assert receive(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        answer = read_to_end(client)
    assert f"X-Body: {body[:20]!r}".encode() in answer
    assert b"Connection: close" in answer


@pytest.mark.slow
def test_what_is_left_of_an_unread_upload_does_not_hide_the_answer(address: Address) -> None:
    with connect(address, post(bytes(30_000_000), path="/unread")) as client:
        assert read_to_end(client).startswith(b"HTTP/1.1 200")


def test_clients_that_hang_up_within_a_request_are_forgotten(address: Address) -> None:
    for request in (HALF, SMALL_HALF, LARGE_HALF, CHUNKED_HALF, PAGE + HALF):
        with connect(address, request):
            pass
        with connect(address, request) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
        with connect(address, request) as client:
            client.shutdown(socket.SHUT_WR)
            assert is_closed(client)
    assert answers(address)


def test_a_client_may_stop_sending_after_its_request(address: Address) -> None:
    with connect(address, post(b"hello")) as client:
        client.shutdown(socket.SHUT_WR)
        assert b"X-Body: b'hello'" in read_to_end(client)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Content-Length: 3"], 400),
        (["Transfer-Encoding: chunked"], 400),
        (["Transfer-Encoding: identity"], 400),
        (["Transfer-Encoding: xchunked"], 501),
        (["Expect: gold"], 417),
    ],
)
def test_ambiguous_lengths_are_refused_and_nothing_after_them_is_read(
    address: Address, lines: list[str], status: int
) -> None:
    with connect(address, post(b"hello", *lines) + PAGE) as client:
        answer = read_to_end(client)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert answer.count(b"HTTP/1.1 ") == 1


def test_http_1_0_is_answered_and_closed(address: Address) -> None:
    with connect(address, post(b"hello").replace(b"HTTP/1.1", b"HTTP/1.0")) as client:
        assert b"X-Body: b'hello'" in read_to_end(client)


def test_a_head_without_an_end_is_refused(address: Address) -> None:
    with connect(address) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 300_000)
        assert read_to_end(client).startswith(b"HTTP/1.1 431 ")


def test_a_header_cannot_move_the_apps_root(address: Address) -> None:
    assert answers(address, PAGE.replace(b"\r\n\r\n", b"\r\nSCRIPT_NAME: /x\r\n\r\n"))


def test_the_process_that_serves_has_a_limit_of_memory(gunicorn: tuple[Address, int]) -> None:
    _, master = gunicorn
    (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    limits = Path(f"/proc/{worker}/limits").read_text()
    assert re.search(rf"Max data size +{DATA_BYTES} +{DATA_BYTES}", limits)
