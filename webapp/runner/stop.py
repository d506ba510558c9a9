"""A stop flag that is safe to set in a signal handler."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType


class Stop:
    """A flag that SIGTERM and SIGINT set and that the loop waits for.

    It is a pipe, because `threading.Event.set` takes a lock that the interrupted code may hold.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()

    def listen(self) -> None:
        """Set the flag on SIGTERM and SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def ask(self) -> None:
        os.write(self._writer, b"!")

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds` for the flag. Returns whether it is set."""
        return bool(select.select([self._reader], [], [], seconds)[0])

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.ask()
