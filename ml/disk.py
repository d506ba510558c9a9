"""Write files and folders whole or not at all, and read them back."""

import contextlib
import errno
import functools
import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def write_atomically(file: Path, chunks: Iterable[bytes]) -> None:
    """Write a draft beside `file`, then rename it, so that `file` is never half written.

    Raises OSError after removing the draft.
    """
    draft = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as out:
            out.writelines(chunks)
        draft.replace(file)
    except OSError as exc:
        if exc.filename is None and is_disk_full(exc):
            exc.filename = str(file)  # what fails to write does not tell it
        raise
    finally:
        draft.unlink(missing_ok=True)


def publish_folder(draft: Path, folder: Path) -> None:
    """Rename a finished draft to `folder`, and replace a folder of that name.

    Both must lie on one file system. After a crash `folder` is the old one or the new one, or it
    is missing and the old one lies at `.<name>.old`. It is never a mixture. Raises OSError.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        folder.rename(old)  # a folder can only be renamed over an empty one
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def read_json(file: Path) -> Any:
    """Return the content of a JSON file. Raises OSError, ValueError (also for NaN and infinity)."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a number")

    try:
        return json.loads(file.read_text(encoding="utf-8"), parse_constant=refuse)
    except RecursionError as exc:
        raise ValueError("it is nested too deeply") from exc


def compute_sha256(file: Path) -> str:
    """Return the hex SHA-256 of a file, cached until its size or time changes."""
    status = file.stat()
    return _compute_sha256(file, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _compute_sha256(file: Path, _size: int, _changed: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_disk_full(error: BaseException) -> bool:
    """Tell whether the error means a full disk, a quota or a file size limit."""
    full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return isinstance(error, OSError) and error.errno in full
