"""Tell whether the process that writes an upload is still alive.

Each process that writes uploads locks a file of its own while it lives. The kernel releases the
lock when the process ends, so neither a clock nor a reused process id can mislead.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from pathlib import Path


class Writer:
    """This process as a writer of uploads. `folder` holds the locked files of all writers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starting = threading.Lock()
        self._token: str | None = None

    @property
    def token(self) -> str:
        """The name of this process's locked file, which the first use makes."""
        with self._starting:
            if self._token is None:
                self._token = self._lock_new_file()
            return self._token

    def _lock_new_file(self) -> str:
        self._folder.mkdir(exist_ok=True)
        token = secrets.token_hex(8)
        draft = self._folder / f"{token}.draft"
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)  # open until the end
        fcntl.flock(handle, fcntl.LOCK_EX)
        draft.rename(self._folder / token)  # nobody sees the name without its lock
        return token


def is_alive(folder: Path, token: str) -> bool:
    """Tell whether the writer of this token still runs."""
    try:
        with (folder / token).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def remove_dead(folder: Path) -> None:
    """Remove the files of writers that have ended."""
    for file in folder.glob("*"):
        if not file.suffix and not is_alive(folder, file.name):  # a draft has no lock yet
            file.unlink(missing_ok=True)
