"""The array file of an archive's embeddings: row n holds picture n."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_BLOCK = 4096  # pictures read at once


class EmbeddingFile:
    """Region embeddings of pictures, float16, in one flat file. The constructor opens nothing."""

    def __init__(self, file: Path, *, regions: int, dim: int) -> None:
        self.file = file
        self._shape = (regions, dim)
        self._row_bytes = 2 * regions * dim

    def write(self, rows: Iterable[tuple[int, NDArray[np.float16]]]) -> None:
        """Write pictures' embeddings, each float16 (regions, dim), to the rows of their numbers.

        Unwritten rows are a hole in the file and read as zeros. A row may be written twice. When
        this returns, the bytes are on the disk, so rows of a database may refer to them.
        Raises OSError.
        """
        handle = os.open(self.file, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            for number, embeddings in rows:
                data = embeddings.astype("<f2", copy=False).tobytes()
                begin, written = number * len(data), 0
                while written < len(data):
                    written += os.pwrite(handle, data[written:], begin + written)
            os.fdatasync(handle)
        finally:
            os.close(handle)

    def list_lost(self, numbers: Sequence[int]) -> list[int]:
        """Return those of the pictures that were written whose row is not whole in the file."""
        count = self._measure() // self._row_bytes
        return [number for number in numbers if number >= count]

    def count_surplus(self, rows: int) -> int:
        """Return the bytes behind the last whole row, or behind so many rows."""
        size = self._measure()
        return size - min(size // self._row_bytes, rows) * self._row_bytes

    def cut_surplus(self, rows: int) -> None:
        """Remove what `count_surplus` counts. Raises OSError."""
        os.truncate(self.file, self._measure() - self.count_surplus(rows))

    def read(
        self, numbers: Sequence[int]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
        """Yield blocks of pictures: their numbers int64 (n,), embeddings float16 (n, regions, dim).

        Args:
            numbers: of pictures that were written, rising.

        Raises OSError if the file is missing, ValueError if it is too short for these pictures.
        """
        if not len(numbers):
            return
        count = self.file.stat().st_size // self._row_bytes
        if count <= numbers[-1]:
            raise ValueError(f"{self.file.name} is too short for picture {numbers[-1]}")
        table = np.memmap(self.file, "<f2", mode="r", shape=(count, *self._shape))
        wanted = np.asarray(numbers, np.int64)
        for start in range(0, len(wanted), _BLOCK):
            block = wanted[start : start + _BLOCK]
            yield block, np.asarray(table[block])

    def _measure(self) -> int:
        """Return the file's bytes; 0 if it is missing."""
        return self.file.stat().st_size if self.file.exists() else 0
