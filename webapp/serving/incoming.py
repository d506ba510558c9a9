"""What has come of a request: a thread gets it only when it need not wait for the client.

In: pieces of a connection's bytes. Out: whether the head is here and, if it is small, the body too.
A body that is large, or whose length the head does not tell, is read by the thread, which
`webapp.pages.transfers` counts among the uploads.
"""

from __future__ import annotations

import re

from webapp.config import LARGE_BYTES

LARGEST_HEAD = 128 * 1024
"""Bytes. gunicorn refuses longer lines by itself; this bounds what waits in the loop."""
_END_OF_HEAD = b"\r\n\r\n"
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:([^\r]*)", re.IGNORECASE)
_READ_BY_THREAD = re.compile(rb"\r\n(?:transfer-encoding|expect):", re.IGNORECASE)
"""A chunked body does not tell its length, and a client that expects 100 waits for the thread."""


class Incoming:
    """The bytes of one request, and perhaps of those that follow it on the connection."""

    def __init__(self, received: bytes = b"") -> None:
        self.received = bytearray()
        self.is_upload = False
        """True if the thread has to read a body; known once the head is here."""
        self._needed: int | None = None  # bytes, once the head is here
        self.add(received)

    def add(self, piece: bytes) -> None:
        """Append what came. Takes time in proportion to the piece, however small the pieces are."""
        begin = max(0, len(self.received) - len(_END_OF_HEAD) + 1)
        self.received += piece
        if self._needed is None and (end := self.received.find(_END_OF_HEAD, begin)) >= 0:
            self._read_head(bytes(self.received[:end]), end + len(_END_OF_HEAD))

    @property
    def is_whole(self) -> bool:
        """True if a thread can take the request."""
        return self._needed is not None and len(self.received) >= self._needed

    @property
    def is_too_large(self) -> bool:
        """True if this cannot become a head."""
        return self._needed is None and len(self.received) >= LARGEST_HEAD

    def _read_head(self, head: bytes, head_bytes: int) -> None:
        length = read_content_length(head)
        self.is_upload = length > LARGE_BYTES or _READ_BY_THREAD.search(head) is not None
        self._needed = head_bytes if self.is_upload else head_bytes + length


def read_content_length(head: bytes) -> int:
    """Return the length that a head tells, 0 if it tells none.

    gunicorn refuses two lengths, or one that is not digits, before it reads a body. So such heads
    need no body here.
    """
    match = _CONTENT_LENGTH.search(head)
    digits = match[1].strip(b" \t") if match else b""
    if not digits.isdigit():
        return 0
    # Longer numbers would be slow to parse, and are refused or large anyway.
    return int(digits.lstrip(b"0")[:20] or b"0")
