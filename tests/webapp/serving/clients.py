"""gunicorn with the program's worker, and clients that talk to it byte by byte."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.running import ROOT, free_port, until

Address = tuple[str, int]
HALF = b"GET / HTTP/1.1\r\nHost: local"
PAGE = HALF + b"host\r\n\r\n"


def run_gunicorn(
    folder: Path, *, app: str, config: str = "", page: bytes = PAGE, **settings: str
) -> Iterator[tuple[Address, int]]:
    """Serve a module's `app` on the program's own configuration; yields address and process.

    Args:
        config: lines that go behind the program's configuration.
        page: a request that is answered with 200 once it serves.
        settings: environment variables.
    """
    port = free_port()
    (folder / "config.py").write_text(
        f'from webapp.serving.gunicorn_config import *\nbind = "127.0.0.1:{port}"\n{config}'
    )
    (folder / "served.py").write_text(app)
    command = [sys.executable, "-m", "gunicorn", "--config", str(folder / "config.py")]
    command += ["--pythonpath", f"{ROOT},{folder}", "served:app"]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log
        )
    address = ("127.0.0.1", port)
    try:
        assert until(lambda: answers(address, page)), (folder / "log.txt").read_text()
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(60)


def connect(address: Address, request: bytes = b"", *, receive_buffer: int = 0) -> socket.socket:
    """A client that has sent this. The system chooses its buffer unless a size is given."""
    client = socket.socket()
    client.settimeout(60)
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect(address)
    client.sendall(request)
    return client


def answers(address: Address, request: bytes = PAGE) -> bool:
    """Whether a request is answered."""
    with contextlib.suppress(OSError), connect(address, request) as client:
        return client.recv(15).startswith(b"HTTP/1.1 200")
    return False


@contextlib.contextmanager
def open_clients(
    address: Address, request: bytes, count: int, *, receive_buffer: int = 0
) -> Iterator[list[socket.socket]]:
    """Clients that send this and then do nothing."""
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(connect(address, request, receive_buffer=receive_buffer))
            for _ in range(count)
        ]


def read_to_end(client: socket.socket) -> bytes:
    """What the server still sends until it closes the connection. Raises TimeoutError."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(1_000_000):
            received += piece
    return received


def is_closed(client: socket.socket) -> bool:
    """Whether the server ends the connection, after whatever it still sends."""
    try:
        while client.recv(1_000_000):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def is_open(client: socket.socket) -> bool:
    """Whether the server has neither answered nor ended the connection yet."""
    client.setblocking(False)
    try:
        client.recv(1)
    except BlockingIOError:
        return True
    return False
