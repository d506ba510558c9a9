"""Write chosen members of an archive as a new zip: a stream whose length is known in advance.

Each member keeps its compressed bytes, its name's bytes, its times, attributes and extra fields.
Only sizes and offsets are new. Nothing is written to disk.
"""

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ml.archive.directory import Entry, read_directory
from ml.archive.headers import NewDirectory, pack_local_header
from ml.archive.layout import MAX16
from ml.archive.random_access import RandomAccessFile
from ml.archive.unpack import read_local_header
from ml.errors import ArchiveError, MemberUnreadable


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """A member of the new zip."""

    header: bytes  # goes before the data
    name: bytes
    data_offset: int  # of the packed bytes, in the archive
    data_size: int

    @property
    def size(self) -> int:
        return len(self.header) + self.data_size

    def iter_range(self, file: RandomAccessFile, start: int, end: int) -> Iterator[bytes]:
        """Yield the member's bytes from `start` to `end`, counted from its header."""
        if header := self.header[start:end]:
            yield header
        first = max(start - len(self.header), 0)
        last = min(end - len(self.header), self.data_size)
        left = last - first
        for chunk in file.iter_chunks(self.data_offset + first, self.data_offset + last):
            left -= len(chunk)
            yield chunk
        if left > 0:
            raise ArchiveError(f"The archive ends within {_quote(self.name)}.")


@dataclasses.dataclass(frozen=True, slots=True)
class Export:
    """A zip that does not exist yet. The same members of the same archive make the same bytes."""

    archive: Path
    parts: Sequence[_Part]
    tail: bytes
    """The directory, which goes behind the members."""
    length: int
    """In bytes."""
    version: str
    """Two exports of the same version have the same bytes."""

    @property
    def chunks(self) -> Iterator[bytes]:
        """All bytes."""
        return self.iter_range(0, self.length)

    def iter_range(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` to `end`. Raises ArchiveError if the archive was cut."""
        with RandomAccessFile(self.archive) as file:
            for part in self.parts:
                if end <= 0:
                    return
                if start < part.size:
                    yield from part.iter_range(file, max(start, 0), end)
                start, end = start - part.size, end - part.size
        if tail := self.tail[max(start, 0) : max(end, 0)]:
            yield tail


def export(
    archive: Path, numbers: Iterable[int], prefixes: Mapping[int, bytes] | None = None
) -> Export:
    """Make a zip of the members with these numbers, in the archive's order.

    Args:
        prefixes: by number, what goes before a member's name, behind its folders.

    Raises ArchiveError if a member does not lie where the archive's directory says.
    """
    before = prefixes or {}
    with RandomAccessFile(archive) as file:
        source = read_directory(file)
        entries = (
            _add_prefix(source[number], before.get(number, b"")) for number in sorted(set(numbers))
        )
        parts, directory = _lay_out(file, entries)
        changed = file.changed
    tail = directory.finish(source.comment)
    return Export(
        archive=archive,
        parts=parts,
        tail=tail,
        length=directory.offset + len(tail),
        version=_compute_version(parts, tail, changed),
    )


def _lay_out(file: RandomAccessFile, entries: Iterable[Entry]) -> tuple[list[_Part], NewDirectory]:
    parts, directory = [], NewDirectory()
    for entry in entries:
        try:
            data_offset, local_extra = read_local_header(file, entry)
        except MemberUnreadable as exc:
            raise ArchiveError(f"{_quote(entry.name)}: {exc}") from exc
        header = pack_local_header(entry, local_extra)
        parts.append(
            _Part(
                header=header,
                name=entry.name,
                data_offset=data_offset,
                data_size=entry.packed_size,
            )
        )
        directory.add(entry, len(header))
    return parts, directory


def _add_prefix(entry: Entry, prefix: bytes) -> Entry:
    """Return the entry with the prefix before its name; a name of nearly 64 KiB has no room."""
    folder, slash, name = entry.name.rpartition(b"/")
    if len(entry.name) + len(prefix) > MAX16:
        return entry
    return dataclasses.replace(entry, name=folder + slash + prefix + name)


def _compute_version(parts: Sequence[_Part], tail: bytes, changed: int) -> str:
    """Hash everything but the packed bytes. For these stand their checksums and the archive's time.

    Args:
        changed: when the archive was written, in nanoseconds.
    """
    digest = hashlib.sha256(f"{changed} ".encode())
    for part in parts:
        digest.update(f"{part.data_offset} {part.data_size} ".encode() + part.header)
    digest.update(tail)
    return digest.hexdigest()[:32]


def _quote(name: bytes) -> str:
    return repr(name.decode("utf-8", "replace"))
