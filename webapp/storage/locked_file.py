"""A file that one request at a time may change, whichever thread or process it runs in."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from webapp.errors import NotFound, UploadBusy


@contextmanager
def open_locked(path: Path) -> Iterator[FileIO]:
    """Yield a file for reading and writing, unbuffered. No other request has it meanwhile.

    Raises NotFound if it is gone, UploadBusy if another request has it.
    """
    try:
        file = FileIO(path, "r+")
    except FileNotFoundError as exc:
        raise NotFound("This upload is gone: it has expired, or it was cancelled.") from exc
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise UploadBusy("Another request writes to this upload. Try again shortly.") from exc
        if os.fstat(file.fileno()).st_nlink == 0 or not path.exists():  # it ended before the lock
            raise NotFound("This upload is gone: it has expired, or it was cancelled.")
        yield file
