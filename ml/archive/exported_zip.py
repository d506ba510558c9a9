"""A zip that does not exist yet, of which any range of bytes can be read."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from ml.archive.contents import Contents
from ml.archive.directory import Directory, Entry
from ml.archive.layout import MAX16


@dataclasses.dataclass(frozen=True, slots=True)
class Export:
    """A zip to be written. The same members of the same archive make the same bytes."""

    length: int
    """In bytes."""
    version: str
    """Two exports of the same version have the same bytes."""
    iter_range: Callable[[int, int], Iterator[bytes]]
    """Yields the bytes from `start` to `end`. Raises ArchiveError if its source was changed."""

    @property
    def chunks(self) -> Iterator[bytes]:
        """All bytes."""
        return self.iter_range(0, self.length)


class Part(Protocol):
    """A member of the new zip."""

    @property
    def size(self) -> int:
        """Bytes of the member with the header before it."""


PartT = TypeVar("PartT", bound=Part)


def iter_overlaps(parts: Sequence[PartT], start: int, end: int) -> Iterator[tuple[PartT, int, int]]:
    """Yield the members that lie between two offsets, each with the offsets within it."""
    for part in parts:
        if end <= 0:
            return
        if start < part.size:
            yield part, max(start, 0), min(end, part.size)
        start, end = start - part.size, end - part.size


def iter_chosen(
    source: Directory | Contents, numbers: Iterable[int], prefixes: Mapping[int, bytes]
) -> Iterator[Entry]:
    """Yield the entries with these numbers, in order, each with its prefix before its name."""
    for number in sorted(set(numbers)):
        yield _add_prefix(source[number], prefixes.get(number, b""))


def quote(name: bytes) -> str:
    """Return a member's name for a sentence."""
    return repr(name.decode("utf-8", "replace"))


def _add_prefix(entry: Entry, prefix: bytes) -> Entry:
    """Return the entry with the prefix before its name; a name of nearly 64 KiB has no room."""
    folder, slash, name = entry.name.rpartition(b"/")
    if len(entry.name) + len(prefix) > MAX16:
        return entry
    return dataclasses.replace(entry, name=folder + slash + prefix + name)
