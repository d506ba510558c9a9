"""Write chosen files of a listed folder as a new zip, without compression.

A file's checksum stands in the header before it and in the directory at the zip's end, so a file is
read before its header is sent, and no file is read for a header that nobody asked for.
"""

import dataclasses
import functools
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ml.archive.directory import Entry
from ml.archive.exported_zip import Export, NewNames, Sidecars, iter_chosen, iter_overlaps, quote
from ml.archive.folder_contents import FolderContents
from ml.archive.headers import NewDirectory, pack_local_header
from ml.errors import ArchiveError, MemberUnreadable


class _Part:
    """A file in the new zip."""

    def __init__(
        self, contents: FolderContents, entry: Entry, sidecar: bytes | None = None
    ) -> None:
        self._contents = contents
        self._sidecar = sidecar  # instead of a file of the folder
        self.entry = entry
        self._has_crc = False
        self.header_size = len(pack_local_header(entry, entry.extra))
        self.size = self.header_size + entry.size

    def iter_range(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` to `end`, counted from the header."""
        data = self._read()
        entry = self.entry
        if header := pack_local_header(entry, entry.extra)[start:end]:
            yield header
        if piece := data[max(start - self.header_size, 0) : max(end - self.header_size, 0)]:
            yield piece

    def read_entry(self) -> Entry:
        """Return the entry with its checksum, for which the file is read unless it was before."""
        if not self._has_crc:
            self._read()
        return self.entry

    def _read(self) -> bytes:
        """Return the file's bytes, and note their checksum."""
        if self._sidecar is not None:
            data = self._sidecar
        else:
            try:
                data = self._contents.read(self.entry)
            except MemberUnreadable as exc:
                raise ArchiveError(f"{quote(self.entry.name)}: {exc}.") from exc
        if not self._has_crc:
            self.entry = dataclasses.replace(self.entry, crc=zlib.crc32(data))
            self._has_crc = True
        return data


def export_folder(
    listing: Path, numbers: Iterable[int], names: NewNames, sidecars: Sidecars | None = None
) -> Export:
    """Make a zip of the files with these numbers, in the listing's order.

    Raises ArchiveError if one is gone or was changed.
    """
    contents = FolderContents(listing)
    entries = list(iter_chosen(contents, numbers, names))
    _check_unchanged(contents, entries)
    parts = []
    for entry in entries:
        parts.append(_Part(contents, entry))
        if sidecars and entry.number in sidecars.numbers:
            parts.append(_Part(contents, sidecars.make_entry(entry), sidecars.data))
    digest = hashlib.sha256(bytes(contents.folder))
    directory = NewDirectory()
    for part in parts:
        entry = part.entry
        directory.add(entry, part.header_size)
        facts = (entry.name, entry.size, contents.get_changed(entry.number), entry.crc)
        digest.update(b"%d:%b %d %d %d" % (len(entry.name), *facts))
    return Export(
        length=directory.offset + len(directory.finish(b"")),
        version=digest.hexdigest()[:32],
        iter_range=functools.partial(_iter_range, parts),
    )


def _check_unchanged(contents: FolderContents, entries: Sequence[Entry]) -> None:
    """Raise ArchiveError before a byte is sent, because a broken download gives no reason."""
    faults = []
    for entry in entries:
        try:
            contents.check(entry.number)
        except MemberUnreadable as exc:
            faults.append(f"{quote(contents[entry.number].name)}: {exc}")
    if faults:
        more = f", and {len(faults) - 1:,} more files like it" if len(faults) > 1 else ""
        raise ArchiveError(f"These files are not as they were sieved. {faults[0]}{more}.")


def _iter_range(parts: Sequence[_Part], start: int, end: int) -> Iterator[bytes]:
    for part, first, last in iter_overlaps(parts, start, end):
        yield from part.iter_range(first, last)
    tail_start = sum(part.size for part in parts)
    if end > tail_start:
        directory = NewDirectory()
        for part in parts:
            directory.add(part.read_entry(), part.header_size)
        yield directory.finish(b"")[max(start - tail_start, 0) : end - tail_start]
