"""How much room files take on the disk, and for how long nothing has changed."""

from __future__ import annotations

import functools
import time
from pathlib import Path


def measure_thumbnails(folder: Path) -> int:
    """Return the bytes that all files of a folder take on the disk; 0 if it is gone."""
    try:
        return _measure_folder(folder, folder.stat().st_mtime_ns)
    except FileNotFoundError:
        return 0


@functools.lru_cache(maxsize=1024)
def _measure_folder(folder: Path, _changed: int) -> int:
    """Cached, because a large job has 100,000 thumbnails, which change no more at its end."""
    return sum(map(measure_room, folder.iterdir()))


def measure_room(file: Path) -> int:
    """Return the bytes that a file takes on the disk: holes take none."""
    try:
        return file.stat().st_blocks * 512
    except FileNotFoundError:
        return 0


def measure_idle(path: Path) -> float:
    """Return the seconds since the last change; 0 if the path is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
