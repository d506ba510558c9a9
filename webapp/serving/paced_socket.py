"""A client's connection that breaks off when the client is too slow."""

from __future__ import annotations

import socket
import time
from typing import Any

from webapp.config import LEAST_RATE, RATE_SECONDS, STALL_SECONDS


class PacedSocket(socket.socket):
    """Raises TimeoutError when the client stalls, or sends and reads too few bytes a second.

    Only the time counts in which this side waits for the client, so that a slow disk or a busy
    machine cuts nobody off.
    """

    _waited = 0.0  # seconds
    _moved = 0  # bytes, in both directions

    def begin_request(self) -> None:
        """Begin to measure: a request may wait `RATE_SECONDS` before its rate is looked at."""
        self.settimeout(STALL_SECONDS)
        self._waited, self._moved = 0.0, 0

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive a piece. Raises TimeoutError."""
        begin = time.monotonic()
        piece = super().recv(bufsize, flags)
        self._count(len(piece), time.monotonic() - begin)
        return piece

    def send(self, data: Any, flags: int = 0, /) -> int:
        """Send what the kernel takes. Raises TimeoutError."""
        begin = time.monotonic()
        sent = super().send(data, flags)
        self._count(sent, time.monotonic() - begin)
        return sent

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all. Raises TimeoutError.

        The original gives up when all of it has taken the timeout, also while the client reads.
        """
        left = memoryview(data)
        while left:
            left = left[self.send(left, flags) :]

    def _count(self, moved: int, waited: float) -> None:
        self._moved += moved
        self._waited += waited
        if self._waited < RATE_SECONDS:
            return
        if self._moved < LEAST_RATE * self._waited:
            raise TimeoutError(f"{self._moved:,} bytes came or went in {self._waited:.0f} seconds")
        self._waited, self._moved = 0.0, 0
