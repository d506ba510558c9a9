"""A zip that does not exist yet, of which any range of bytes can be read."""

import dataclasses
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from ml.archive.contents import Contents
from ml.archive.directory import Directory, Entry
from ml.archive.layout import MAX16, UTF8

_STORED_VERSION = 20  # of the zip format, which every program reads


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


@dataclasses.dataclass(frozen=True, slots=True)
class NewNames:
    """What is added to the names of members, by their numbers."""

    prefixes: Mapping[int, bytes] = dataclasses.field(default_factory=dict)
    """Go before a member's name, behind its folders."""
    folders: Mapping[int, Sequence[bytes]] = dataclasses.field(default_factory=dict)
    """Go before its folders, as in b"mona/". A member comes once for each."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sidecars:
    """A small file beside each of some members, for programs that read tags from there."""

    suffix: bytes
    """Goes behind the member's name, as in b".txt"."""
    data: bytes
    numbers: Collection[int]
    """The members that have one."""

    def make_entry(self, entry: Entry) -> Entry:
        """Return the entry of a member's sidecar. It is stored without compression."""
        return Entry(
            number=entry.number,
            name=entry.name + self.suffix,
            flags=entry.flags & UTF8,
            crc=zlib.crc32(self.data),
            packed_size=len(self.data),
            size=len(self.data),
            time=entry.time,
            date=entry.date,
            made_by=entry.made_by,
            version_needed=_STORED_VERSION,
            external_attributes=entry.external_attributes,
        )


def iter_chosen(
    source: Directory | Contents, numbers: Iterable[int], names: NewNames
) -> Iterator[Entry]:
    """Yield the entries with these numbers, in order, with their new names."""
    for number in sorted(set(numbers)):
        entry = _add_prefix(source[number], names.prefixes.get(number, b""))
        for folder in names.folders.get(number, (b"",)):
            yield _rename(entry, folder + entry.name)


def quote(name: bytes) -> str:
    """Return a member's name for a sentence."""
    return repr(name.decode("utf-8", "replace"))


def _add_prefix(entry: Entry, prefix: bytes) -> Entry:
    folder, slash, name = entry.name.rpartition(b"/")
    return _rename(entry, folder + slash + prefix + name)


def _rename(entry: Entry, name: bytes) -> Entry:
    """Return the entry with another name; a name of more than 64 KiB has no room."""
    return entry if len(name) > MAX16 else dataclasses.replace(entry, name=name)
