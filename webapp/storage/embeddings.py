"""The one array file of a job: what a picture's looks were turned into, row by number."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def write_rows(file: Path, rows: Iterable[tuple[int, NDArray[np.float16]]]) -> None:
    """Write pictures' embeddings, each float16 (looks, dim), at their numbers' places.

    Rows nobody wrote are a hole and read as zeros; writing a row twice is harmless. When this
    returns, the bytes are on the disk: rows of the database that speak of them may follow.
    Raises OSError.
    """
    handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        for number, embeddings in rows:
            data = embeddings.astype("<f2", copy=False).tobytes()
            begin, written = number * len(data), 0
            while written < len(data):
                written += os.pwrite(handle, data[written:], begin + written)
        os.fdatasync(handle)
    finally:
        os.close(handle)
