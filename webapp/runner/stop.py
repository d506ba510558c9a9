"""A wish to stop that a signal handler may utter at any moment."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType


class Stop:
    """Waited for by the loop, asked for by SIGTERM and SIGINT.

    A pipe: `threading.Event.set` takes a lock that the interrupted code may be holding.
    """

    def __init__(self) -> None:
        """Open the pipe."""
        self._heard, self._said = os.pipe()

    def listen(self) -> None:
        """Let the signals that end a process ask for the stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def ask(self) -> None:
        """Ask for the stop."""
        os.write(self._said, b"!")

    def wait(self, seconds: float) -> bool:
        """Whether the stop was asked for, waiting at most so long for it."""
        return bool(select.select([self._heard], [], [], seconds)[0])

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.ask()
