"""A client that is too slow loses its connection, and a slow server costs it nothing."""

from __future__ import annotations

import itertools
import socket
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from webapp.config import LEAST_RATE, RATE_SECONDS
from webapp.serving import paced_socket
from webapp.serving.paced_socket import PacedSocket

SECONDS = 10
"""What each call takes by the clock of these tests."""
CALLS = RATE_SECONDS // SECONDS
ENOUGH = LEAST_RATE * SECONDS


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PacedSocket, socket.socket]]:
    """A connection and its client, on a clock that moves by ten seconds when it is read."""
    clock = itertools.count(0, SECONDS)
    monkeypatch.setattr(paced_socket, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    ours, client = socket.socketpair()
    with PacedSocket(fileno=ours.detach()) as paced, client:
        paced.begin_request()
        yield paced, client


def receive(paced: PacedSocket, client: socket.socket, size: int) -> None:
    client.sendall(bytes(size))
    assert len(paced.recv(size)) == size


def test_a_byte_now_and_then_is_too_slow(pair: tuple[PacedSocket, socket.socket]) -> None:
    for _ in range(CALLS - 1):
        receive(*pair, 1)
    with pytest.raises(TimeoutError, match="6 bytes came or went in 60 seconds"):
        receive(*pair, 1)


def test_the_least_rate_is_enough_for_ever(pair: tuple[PacedSocket, socket.socket]) -> None:
    for _ in range(3 * CALLS):
        receive(*pair, ENOUGH)


def test_what_came_fast_does_not_pay_for_later(pair: tuple[PacedSocket, socket.socket]) -> None:
    for _ in range(CALLS):
        receive(*pair, 5 * ENOUGH)
    for _ in range(CALLS - 1):
        receive(*pair, ENOUGH - 1)
    with pytest.raises(TimeoutError):
        receive(*pair, ENOUGH - 1)


def test_a_reader_is_measured_too(pair: tuple[PacedSocket, socket.socket]) -> None:
    paced, client = pair
    for _ in range(2 * CALLS):
        paced.sendall(bytes(ENOUGH))
        assert client.recv(ENOUGH, socket.MSG_WAITALL) == bytes(ENOUGH)
    for _ in range(CALLS - 1):
        paced.sendall(b"x")
    with pytest.raises(TimeoutError):
        paced.sendall(b"x")


def test_each_request_begins_anew(pair: tuple[PacedSocket, socket.socket]) -> None:
    for _ in range(3 * CALLS):
        receive(*pair, 1)
        pair[0].begin_request()


def test_all_is_sent_although_little_fits_at_once() -> None:
    ours, client = socket.socketpair()
    data = bytes(range(256)) * 4000
    with PacedSocket(fileno=ours.detach()) as paced, client, ThreadPoolExecutor(1) as reader:
        paced.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        paced.begin_request()
        received = reader.submit(client.recv, len(data), socket.MSG_WAITALL)
        paced.sendall(data)
        assert received.result() == data
