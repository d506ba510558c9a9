"""One runner per lane, held by flock: the kernel frees the lock when the process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.errors import LaneTaken


@contextmanager
def hold_lane(lock: Path) -> Iterator[None]:
    """Hold the lane while this process lives. Raises LaneTaken, with the holder's pid."""
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            file.seek(0)
            raise LaneTaken(
                f"Another runner (process {file.read().strip() or 'unknown'}) already works on "
                f"{lock.parent}. Stop it first, or set MONASIEVE_DATA to another folder."
            ) from exc
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def find_holder(lock: Path) -> str | None:
    """Return the process id of the lane's runner, as text; None if no runner holds the lane."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return lock.read_text().strip() or "unknown"
    return None
