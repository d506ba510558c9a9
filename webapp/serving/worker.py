"""A gunicorn worker whose threads no slow client can hold.

A connection gets a thread only when its request is here: the head and, if it is small, the body.
Until then the loop waits, and there it also waits until the client hangs up after its last answer.
A thread waits only for those uploads and downloads that `webapp.pages.transfers` counts.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn import http, util
from gunicorn.workers.gthread import TConn, ThreadWorker

from webapp.config import LARGE_BYTES, LINGER_SECONDS, MOST_WAITING, REQUEST_SECONDS
from webapp.serving.incoming import Incoming
from webapp.serving.paced_socket import PacedSocket

PIECE = 64 * 1024
"""Bytes received at once."""
SEND_BUFFER = 2 * LARGE_BYTES
"""Bytes. An answer that is no download fits, so that its thread does not wait for the reader."""


class Connection(TConn):  # type: ignore[misc]
    """A connection that the loop closes without waiting for its client."""

    incoming: Incoming | None = None
    """What has come of a request while the loop waits for it."""
    is_upload = False
    """True if the request's body is read by the thread."""

    def close(self, graceful: bool = False) -> None:  # noqa: ARG002 - `_linger` was graceful
        util.close(self.sock)


class SlowClientWorker(ThreadWorker):  # type: ignore[misc]
    """Threads for requests that are here, a loop for those that are still coming."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_keepalived = MOST_WAITING

    def accept(self, listener: Any) -> None:
        """Accept a connection, and wait for its first request in the loop."""
        try:
            accepted, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        client = PacedSocket(fileno=accepted.detach())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        conn = Connection(self.cfg, client, address, listener.getsockname())
        conn.parser = http.get_parser(self.cfg, client, address)
        conn.incoming = Incoming()
        self._wait(conn, REQUEST_SECONDS)

    def enqueue_req(self, conn: Connection) -> None:
        """Hand an open connection to a thread if its next request is here, else wait for it."""
        conn.incoming = Incoming(conn.parser.unreader.take_buffered())
        if conn.incoming.is_whole:
            self._hand_over(conn, conn.incoming)
        else:
            self._wait(conn, REQUEST_SECONDS)

    def on_pending_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """Read what came, which costs no thread."""
        if conn not in self.pending_conns:
            return  # it lost its place since the poller saw its bytes
        try:
            piece = client.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._stop_waiting(conn)
            self._drop(conn)
        elif conn.incoming is not None:
            conn.incoming.add(piece)
            self._look_at(conn, conn.incoming)

    def murder_pending(self) -> None:
        """Close the connections whose time is over."""
        now = time.monotonic()
        for conn in [conn for conn in self.pending_conns if conn.timeout <= now]:
            self._stop_waiting(conn)
            if conn.incoming is None:
                self._drop(conn)
                continue
            self._refuse(
                conn,
                HTTPStatus.REQUEST_TIMEOUT,
                f"The request did not arrive within {REQUEST_SECONDS} seconds. Send it again.",
            )
            self._linger(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """Answer a request in a thread. A client that is too slow loses its connection."""
        conn.sock.begin_request()
        if conn.is_upload:
            req.force_close()  # else the thread would read what the app has left of the body
        try:
            return super().handle_request(req, conn)
        except TimeoutError as error:
            self.log.info("%s %s: the client is too slow: %s", req.method, req.path, error)
            return False

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """Wait for the next request, or for the client to hang up."""
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
        else:
            self._linger(conn)

    def _look_at(self, conn: Connection, incoming: Incoming) -> None:
        """End the wait if the request is here, or cannot come."""
        if incoming.is_whole:
            self._stop_waiting(conn)
            self._hand_over(conn, incoming)
        elif incoming.is_too_large:
            self._stop_waiting(conn)
            self._refuse(
                conn,
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                "The head of this request is too large. Send fewer or shorter headers.",
            )
            self._linger(conn)

    def _hand_over(self, conn: Connection, incoming: Incoming) -> None:
        conn.parser.unreader.unread(incoming.received)
        conn.incoming, conn.is_upload = None, incoming.is_upload
        conn.data_ready = True
        super().enqueue_req(conn)

    def _wait(self, conn: Connection, seconds: float) -> None:
        """Read in the loop what the client sends. The one that waits longest may lose its place."""
        if len(self.pending_conns) >= MOST_WAITING:
            oldest = self.pending_conns[0]
            self._stop_waiting(oldest)
            self._refuse(
                oldest,
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Too many unfinished requests are waiting. Try again in a minute.",
            )
            self._drop(oldest)
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + seconds
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)

    def _stop_waiting(self, conn: Connection) -> None:
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)

    def _refuse(self, conn: Connection, status: HTTPStatus, sentence: str) -> None:
        """Answer a request that is not whole. One that has not begun needs no answer."""
        if conn.incoming is None or not conn.incoming.received:
            return
        self.log.info("%d %s", status, sentence)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(sentence) + 1}\r\n\r\n"
        )
        with contextlib.suppress(OSError):
            conn.sock.send(f"{head}{sentence}\n".encode())

    def _linger(self, conn: Connection) -> None:
        """Drop what the client still sends: if it were not read, the client would lose the answer
        (RFC 9112, section 9.6)."""
        conn.incoming = None
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)
        else:
            self._wait(conn, LINGER_SECONDS)

    def _drop(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()
