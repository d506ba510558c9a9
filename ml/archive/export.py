"""Write chosen members of an archive as a new zip: a stream whose length is known in advance.

Each member keeps its compressed bytes, its name's bytes, its times, attributes and extra fields.
Only sizes and offsets are new. Nothing is written to disk.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ml.archive.directory import Entry, read_directory
from ml.archive.headers import NewDirectory, pack_local_header
from ml.archive.random_access import RandomAccessFile
from ml.archive.unpack import read_local_header
from ml.errors import ArchiveError, MemberUnreadable


@dataclasses.dataclass(frozen=True)
class Export:
    """A zip that does not exist yet: its length in bytes, and its bytes."""

    length: int
    chunks: Iterator[bytes]


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """A member of the new zip."""

    header: bytes  # goes before the data
    name: bytes
    data_offset: int  # of the packed bytes, in the archive
    data_size: int


def export(archive: Path, numbers: Iterable[int]) -> Export:
    """Make a zip of the members with these numbers, in the archive's order.

    Raises ArchiveError if a member does not lie where the archive's directory says.
    """
    with RandomAccessFile(archive) as file:
        source = read_directory(file)
        entries = (source[number] for number in sorted(set(numbers)))
        parts, directory = _lay_out(file, entries)
    tail = directory.finish(source.comment)
    length = directory.offset + len(tail)
    return Export(length, _iter_chunks(archive, parts, tail))


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


def _iter_chunks(archive: Path, parts: Sequence[_Part], tail: bytes) -> Iterator[bytes]:
    with RandomAccessFile(archive) as file:
        for part in parts:
            yield part.header
            left = part.data_size
            for chunk in file.iter_chunks(part.data_offset, part.data_offset + part.data_size):
                left -= len(chunk)
                yield chunk
            if left:
                raise ArchiveError(f"The archive ends within {_quote(part.name)}.")
    yield tail


def _quote(name: bytes) -> str:
    return repr(name.decode("utf-8", "replace"))
