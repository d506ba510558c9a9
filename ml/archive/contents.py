"""What every source of members has in common, whether it is a zip or a folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ml.archive.directory import Entry


class Contents(Protocol):
    """The members of one source, for any number of threads to read from."""

    traps: dict[int, str]
    """Members that must not be unpacked, by number, with the reason."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Entry]: ...

    def __getitem__(self, number: int) -> Entry: ...

    def iter_names(self) -> Iterator[tuple[bytes, int]]:
        """Yield each entry's name and flags."""

    def read(self, entry: Entry) -> bytes:
        """Return all bytes of a member that has no fault. Raises MemberUnreadable."""

    def read_start(self, entry: Entry, size: int) -> bytes:
        """Return the first bytes of a member that has no fault. Raises MemberUnreadable."""

    def find_file(self, number: int) -> Path | None:
        """Return the file that a member is; None if it lies in an archive."""

    def close(self) -> None: ...
