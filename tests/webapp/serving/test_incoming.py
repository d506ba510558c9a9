"""A request is whole when gunicorn can read it without asking for more."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from webapp.config import LARGE_BYTES
from webapp.serving.incoming import LARGEST_HEAD, Incoming

FIRST = b"POST /x HTTP/1.1\r\nHost: localhost\r\n"


def head(*lines: bytes) -> bytes:
    return FIRST + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def test_a_request_is_whole_at_its_last_byte() -> None:
    request = head(b"Content-Length: 5") + b"hello"
    incoming = Incoming()
    for number in range(len(request)):
        assert not incoming.is_whole
        incoming.add(request[number : number + 1])
    assert incoming.is_whole
    assert incoming.received == request
    assert not incoming.is_upload


def test_bytes_of_the_next_request_are_kept() -> None:
    request = head(b"Content-Length: 5") + b"hello" + FIRST
    assert Incoming(request).is_whole
    assert Incoming(request).received == request


@pytest.mark.parametrize(
    "line",
    [
        b"Content-Length: 9",
        b"content-length:9",
        b"CONTENT-LENGTH: \t 9 \t",
        b"Content-Length: 0009",
        b"Content-Length: " + b"0" * 4000 + b"9",
    ],
)
def test_a_small_body_is_waited_for_however_its_length_is_written(line: bytes) -> None:
    incoming = Incoming(head(line) + b"12345678")
    assert not incoming.is_whole
    incoming.add(b"9")
    assert incoming.is_whole


@pytest.mark.parametrize(
    "line",
    [
        f"Content-Length: {LARGE_BYTES + 1}".encode(),
        b"Content-Length: " + b"9" * 8000,
        b"Transfer-Encoding: chunked",
        b"Expect: 100-continue\r\nContent-Length: 9",
        b"Content-Length: 9\r\nexpect:100-Continue",
    ],
)
def test_a_body_that_a_thread_reads_is_an_upload(line: bytes) -> None:
    incoming = Incoming(head(line))
    assert incoming.is_whole
    assert incoming.is_upload


@pytest.mark.parametrize("length", [b"-9", b"+9", b"9, 9", b"0x9", b"nine", b"", b"\xb2", b"9 9"])
def test_a_length_that_gunicorn_refuses_is_not_waited_for(length: bytes) -> None:
    incoming = Incoming(head(b"Content-Length: " + length))
    assert incoming.is_whole
    with pytest.raises(ParseException):
        read_by_gunicorn(bytes(incoming.received))


def test_a_head_without_an_end_is_too_large_at_some_time() -> None:
    incoming = Incoming(bytes(LARGEST_HEAD - 1))
    assert not incoming.is_too_large
    incoming.add(b"x")
    assert incoming.is_too_large
    assert not Incoming(head() + bytes(LARGEST_HEAD)).is_too_large


LINES = (
    b"Content-Length: 3",
    b"content-length:\t3 ",
    b"Content-Length: 03",
    b"Content-Length: 12",
    b"Content-Length : 12",
    b"Content_Length: 12",
    b" Content-Length: 12",
    b"X: a\nContent-Length: 12",
    b"X: a\rContent-Length: 12",
    b"X: Content-Length: 12",
    b"X-Content-Length: 12",
    b"Content-Length: 3\nX: y",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: identity",
    b"transfer-encoding:\tgzip, chunked",
    b"Transfer_Encoding: chunked",
    b"Expect: 100-continue",
    b"Expect: gold",
    b"Connection: close",
    b"X: \xff\xb2",
    b"",
)


@given(
    begin=st.sampled_from([b"", b"\r\n", b"\r\n\r\n", b"\n"]),
    version=st.sampled_from([b"1.1", b"1.0", b"2.0"]),
    lines=st.lists(st.sampled_from(LINES), max_size=4),
    body=st.sampled_from([b"", b"abc", b"0123456789ab", b"3\r\nabc\r\n0\r\n\r\n"]),
)
def test_a_request_is_whole_when_gunicorn_says_so(
    begin: bytes, version: bytes, lines: list[bytes], body: bytes
) -> None:
    head = begin + b"POST / HTTP/" + version + b"\r\n" + b"".join(x + b"\r\n" for x in lines)
    incoming = Incoming()
    for byte in head + b"\r\n" + body:
        incoming.add(bytes([byte]))
        if incoming.is_whole:
            break
    if incoming.is_upload:
        return
    with contextlib.suppress(ParseException):  # refused without a further byte
        if incoming.is_whole:
            read_by_gunicorn(bytes(incoming.received))
        else:
            with pytest.raises(Waits):
                read_by_gunicorn(bytes(incoming.received))


class Waits(Exception):
    """gunicorn asked for a byte that has not come."""


def read_by_gunicorn(request: bytes) -> bytes:
    """The body of a request. Raises Waits, ParseException."""

    def wait() -> Iterator[bytes]:
        raise Waits
        yield b""

    config = Config()
    config.set("forwarded_allow_ips", "")
    parser = RequestParser(config, itertools.chain([request], wait()), ("127.0.0.1", 1))
    body: bytes = next(parser).body.read()
    return body
