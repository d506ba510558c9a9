"""Write chosen members of a zip as a new one: a stream whose length is known in advance.

Each member keeps its compressed bytes, its name's bytes, its times, attributes and extra fields.
Only sizes and offsets are new. Nothing is written to disk.
"""

import dataclasses
import functools
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ml.archive.directory import Entry, read_directory
from ml.archive.exported_zip import Export, NewNames, Sidecars, iter_chosen, iter_overlaps, quote
from ml.archive.folder import is_listing
from ml.archive.folder_export import export_folder
from ml.archive.headers import NewDirectory, pack_local_header
from ml.archive.random_access import RandomAccessFile
from ml.archive.unpack import read_local_header
from ml.errors import ArchiveError, MemberUnreadable


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """A member of the new zip."""

    header: bytes  # goes before the data; that of a sidecar has its data behind it
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
            raise ArchiveError(f"The archive ends within {quote(self.name)}.")


def export(
    archive: Path,
    numbers: Iterable[int],
    names: NewNames | None = None,
    sidecars: Sidecars | None = None,
) -> Export:
    """Make a zip of the members with these numbers, in the archive's order.

    Raises ArchiveError if a member does not lie where the archive's directory says, or if a file
    of a listed folder is gone or was changed.
    """
    if is_listing(archive):
        return export_folder(archive, numbers, names or NewNames(), sidecars)
    with RandomAccessFile(archive) as file:
        source = read_directory(file)
        entries = iter_chosen(source, numbers, names or NewNames())
        parts, directory = _lay_out(file, entries, sidecars)
        changed = file.changed
    tail = directory.finish(source.comment)
    return Export(
        length=directory.offset + len(tail),
        version=_compute_version(parts, tail, changed),
        iter_range=functools.partial(_iter_range, archive, parts, tail),
    )


def _iter_range(
    archive: Path, parts: Sequence[_Part], tail: bytes, start: int, end: int
) -> Iterator[bytes]:
    with RandomAccessFile(archive) as file:
        for part, first, last in iter_overlaps(parts, start, end):
            yield from part.iter_range(file, first, last)
    tail_start = sum(part.size for part in parts)
    if piece := tail[max(start - tail_start, 0) : max(end - tail_start, 0)]:
        yield piece


def _lay_out(
    file: RandomAccessFile, entries: Iterable[Entry], sidecars: Sidecars | None = None
) -> tuple[list[_Part], NewDirectory]:
    parts, directory = [], NewDirectory()
    for entry in entries:
        try:
            data_offset, local_extra = read_local_header(file, entry)
        except MemberUnreadable as exc:
            raise ArchiveError(f"{quote(entry.name)}: {exc}") from exc
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
        if sidecars and entry.number in sidecars.numbers:
            beside = sidecars.make_entry(entry)
            header = pack_local_header(beside, beside.extra)
            parts.append(_Part(header + sidecars.data, beside.name, data_offset=0, data_size=0))
            directory.add(beside, len(header))
    return parts, directory


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
