"""A file that several threads read from at the same time."""

import os
import weakref
from collections.abc import Iterator
from pathlib import Path

from ml.errors import ArchiveError

_CHUNK = 1 << 20


class RandomAccessFile:
    """An open file without a position: each read names its offset.

    The file closes when this object is garbage-collected.
    """

    def __init__(self, path: Path) -> None:
        """Raises ArchiveError."""
        try:
            self._stream = path.open("rb", buffering=0)
        except FileNotFoundError as exc:
            raise ArchiveError(f"The archive {path.name} is no longer there.") from exc
        except OSError as exc:
            raise ArchiveError(f"{path.name} cannot be opened: {exc.strerror}.") from exc
        self._close = weakref.finalize(self, self._stream.close)
        self.name = path.name
        status = os.fstat(self._stream.fileno())
        self.size = status.st_size
        self.changed = status.st_mtime_ns

    def __enter__(self) -> "RandomAccessFile":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._close()

    def read(self, size: int, offset: int) -> bytes:
        """Read `size` bytes, or fewer at the end of the file. Raises OSError."""
        if offset >= self.size:  # pread refuses offsets over 63 bits
            return b""
        return os.pread(self._stream.fileno(), size, offset)

    def iter_chunks(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` to `end`, or to the end of the file. Raises OSError."""
        while start < end and (chunk := self.read(min(_CHUNK, end - start), start)):
            start += len(chunk)
            yield chunk
