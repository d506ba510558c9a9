"""A gunicorn worker whose threads no slow client can hold.

A connection gets a thread only when the head of its request is here; until then the loop waits for
it. In a thread, a client that neither sends nor reads for a while loses its connection.
"""

from __future__ import annotations

import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn import http, util
from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_SECONDS = 10
"""A request's head must arrive within this time."""
STALL_SECONDS = 20
"""So long, a client may neither send a byte of its body nor read a byte of the answer."""
LINGER_SECONDS = 1
"""So long, a thread waits for a client to hang up after its last answer."""
LARGEST_HEAD = 128 * 1024
"""Bytes. gunicorn refuses longer lines by itself; this bounds what waits in the loop."""
END_OF_HEAD = b"\r\n\r\n"


class Connection(TConn):  # type: ignore[misc]
    """A connection that the loop closes without waiting for its client."""

    def close(self, graceful: bool = False) -> None:  # noqa: ARG002 - the thread was graceful
        util.close(self.sock)


class SlowClientWorker(ThreadWorker):  # type: ignore[misc]
    """Threads for requests that are here, a loop for those that are still coming."""

    def accept(self, listener: Any) -> None:
        """Accept a connection, and wait for its first request in the loop."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        conn = Connection(self.cfg, client, address, listener.getsockname())
        conn.parser = http.get_parser(self.cfg, client, address)
        self._wait_for_head(conn)

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread if it has a whole head, else go on waiting."""
        if has_head(conn):
            super().enqueue_req(conn)
        else:
            self._wait_for_head(conn)

    def _wait_for_head(self, conn: Any) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + HEAD_SECONDS
        self.pending_conns.append(conn)  # `murder_pending` closes it after its time
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)

    def on_pending_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """Read what came of a head, which costs no thread."""
        try:
            piece = client.recv(LARGEST_HEAD)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        unreader = conn.parser.unreader
        head = unreader.take_buffered() + piece
        unreader.unread(head)
        is_whole = END_OF_HEAD in head
        if piece and not is_whole and len(head) < LARGEST_HEAD:
            return
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        if is_whole:
            conn.data_ready = True
            super().enqueue_req(conn)
        else:
            self.nr_conns -= 1
            conn.close()

    def handle(self, conn: Any) -> Any:
        """Answer a request in a thread."""
        keep = super().handle(conn)
        if not keep:
            util.close_graceful(conn.sock, LINGER_SECONDS)  # here, because it may wait
        return keep

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request. A client that stalls meanwhile loses its connection."""
        conn.sock.settimeout(STALL_SECONDS)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            self.log.info("%s %s: the client stalled", req.method, req.path)
            return False


def has_head(conn: Any) -> bool:
    """Tell whether the head of the next request has been read already."""
    return END_OF_HEAD in conn.parser.unreader.buf.getvalue()
