"""Find the record that ends a zip and says where its list of members lies."""

import dataclasses
from collections.abc import Iterator

from ml.archive import layout
from ml.archive.random_access import RandomAccessFile
from ml.errors import ArchiveError

_NO_BEGINNING = "This zip is incomplete: its beginning is missing. Copy it again."


@dataclasses.dataclass(frozen=True, slots=True)
class EndRecord:
    """An end record, with what its Zip64 record adds."""

    count: int
    size: int  # bytes of the directory
    offset: int  # of the directory, as the archive counts
    directory_end: int  # from the file's first byte
    comment_start: int  # from the file's first byte
    comment_size: int
    disk: int = 0
    """The number of the part, from 0, if this is the last one of a split zip; 0 for a whole zip."""

    @property
    def directory_start(self) -> int:
        """Counted from the file's first byte; below 0 if the size is false or the file was cut."""
        return self.directory_end - self.size

    @property
    def prefix(self) -> int:
        """Bytes before the archive's first one, as in a self-extracting archive."""
        return self.directory_start - self.offset


def find_end_record(file: RandomAccessFile) -> EndRecord:
    """Find the end record of a zip.

    A comment may contain false end records, so the directory must lie before the record. Among
    several, one whose comment ends with the file comes first, and then the last one: other
    programs choose in this order.

    Raises ArchiveError, with a sentence for the person who uploaded the file.
    """
    ends = sorted(
        _iter_end_records(file),
        key=lambda end: end.comment_start + end.comment_size != file.size,
    )
    for end in ends:
        if end.size and _starts_with_entry(file, end):
            if end.prefix < 0:
                raise ArchiveError(_NO_BEGINNING)
            return end
    if any(end.count == end.size == 0 for end in ends):
        raise ArchiveError("This archive is empty: there is no file in it.")
    if ends and ends[0].directory_start < 0:
        raise ArchiveError(_NO_BEGINNING)
    raise ArchiveError("This zip is incomplete or damaged. Copy or create it again.")


def has_end_record(file: RandomAccessFile) -> bool:
    """Tell whether a file ends like a zip; its beginning may be anything."""
    return next(_iter_end_records(file), None) is not None


def _starts_with_entry(file: RandomAccessFile, end: EndRecord) -> bool:
    if end.directory_start < 0:
        return False
    return file.read(4, end.directory_start) == layout.CENTRAL_SIGNATURE


def _iter_end_records(file: RandomAccessFile) -> Iterator[EndRecord]:
    """Yield all bytes that look like an end record, from the file's end on."""
    tail_start = max(0, file.size - layout.END.size - layout.MAX16)
    tail = file.read(file.size - tail_start, tail_start)
    # Such a file is not the last part of a split zip, whatever its end record claims.
    is_from_start = file.read(4, 0) == layout.LOCAL_SIGNATURE
    at = len(tail)
    while (at := tail.rfind(layout.END_SIGNATURE, 0, at + 3)) >= 0:
        if at + layout.END.size > len(tail):
            continue
        record = layout.EndOfDirectory(*layout.END.unpack_from(tail, at))
        end = EndRecord(
            count=record.entries,
            size=record.size,
            offset=record.offset,
            directory_end=tail_start + at,
            comment_start=tail_start + at + layout.END.size,
            comment_size=record.comment_size,
            disk=0 if is_from_start or record.disk == layout.MAX16 else record.disk,
        )
        yield _apply_end64(file, end)


def _apply_end64(file: RandomAccessFile, end: EndRecord) -> EndRecord:
    """Take count, size and offset from the Zip64 end record, where there is one."""
    locator_start = end.directory_end - layout.LOCATOR64.size
    locator = file.read(layout.LOCATOR64.size, max(0, locator_start))
    if locator_start < 0 or not locator.startswith(layout.LOCATOR64_SIGNATURE):
        return end
    _, _, claimed_start, _ = layout.LOCATOR64.unpack(locator)
    # The record lies directly before its locator, unless a program has extended it.
    for start in (locator_start - layout.END64.size, claimed_start):
        data = file.read(layout.END64.size, start) if start >= 0 else b""
        if len(data) == layout.END64.size and data.startswith(layout.END64_SIGNATURE):
            record = layout.EndOfDirectory64(*layout.END64.unpack(data))
            return dataclasses.replace(
                end,
                count=record.entries,
                size=record.size,
                offset=record.offset,
                directory_end=start,
            )
    return end
