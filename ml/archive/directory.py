"""Read a zip's central directory: the list of its members at its end.

The limits are checked before the directory is read. Each entry is parsed when a caller asks for it,
so an archive of 100,000 members takes no more memory than the bytes of its directory.
An entry that cannot be parsed has a fault. The archive is still accepted.
"""

import dataclasses
import struct
from array import array
from collections.abc import Iterator, Sequence

from ml.archive import layout
from ml.archive.end_record import EndRecord, find_end_record
from ml.archive.limits import Limits
from ml.archive.random_access import RandomAccessFile
from ml.errors import ArchiveTooLarge

_NAME_FIELDS = struct.Struct("<8xH18x3H")  # flags; lengths of name, extra field and comment
_UNREADABLE_ENTRY = "damaged in the archive: its entry in the list of members is not readable"
_BROKEN_ZIP64 = "damaged in the archive: its size or offset is missing (Zip64 field)"
_OUTSIDE = "damaged in the archive: it would begin or end outside the archive"
_OTHER_PART = "in another part of this split zip: join all its parts, and send the whole"


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """The fields of one member in the directory. All of them may be false."""

    number: int  # position in the directory, from 0
    name: bytes = b""
    flags: int = 0
    method: int = 0
    crc: int = 0
    packed_size: int = 0  # bytes
    size: int = 0  # bytes, unpacked
    header_offset: int = 0  # from the file's first byte
    time: int = 0  # as MS-DOS writes it
    date: int = 0
    made_by: int = 0  # version, and the operating system in the upper byte
    version_needed: int = 0
    internal_attributes: int = 0
    external_attributes: int = 0
    extra: bytes = b""
    comment: bytes = b""
    fault: str | None = None  # why its data cannot be read; its sizes are then 0

    @property
    def is_folder(self) -> bool:
        return self.name.endswith(b"/")

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & layout.ENCRYPTED)


class Directory:
    """The entries of an archive, parsed one by one."""

    def __init__(
        self, records: bytes, comment: bytes, end: EndRecord, limits: Limits | None
    ) -> None:
        """Raises ArchiveTooLarge."""
        self.comment = comment
        self._records = records
        self._data_end = end.directory_start
        self._prefix = end.prefix
        self._disk = end.disk
        self._starts, self._damaged = _find_records(records, limits)

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Entry]:
        return (self[number] for number in range(len(self)))

    def iter_names(self) -> Iterator[tuple[bytes, int]]:
        """Yield each entry's name and flags, without parsing the rest."""
        for number, start in enumerate(self._starts):
            if number in self._damaged:
                yield b"", 0
                continue
            flags, name_size, _, _ = _NAME_FIELDS.unpack_from(self._records, start)
            name_start = start + layout.CENTRAL.size
            yield self._records[name_start : name_start + name_size], flags

    def __getitem__(self, number: int) -> Entry:
        if number in self._damaged:
            return Entry(number, fault=_UNREADABLE_ENTRY)
        start = self._starts[number]
        header = layout.CentralHeader(*layout.CENTRAL.unpack_from(self._records, start))
        name_end = start + layout.CENTRAL.size + header.name_size
        extra_end = name_end + header.extra_size
        comment_end = extra_end + header.comment_size
        extra = self._records[name_end:extra_end]
        values = (header.size, header.packed_size, header.offset)
        (size, packed_size, offset), fault = resolve_zip64(values, extra)
        header_offset = offset + self._prefix
        if fault is None and self._disk not in {0, header.disk}:
            size, packed_size, fault = 0, 0, _OTHER_PART
        if fault is None and header_offset + layout.LOCAL.size + packed_size > self._data_end:
            size, packed_size, fault = 0, 0, _OUTSIDE
        return Entry(
            number=number,
            name=self._records[name_end - header.name_size : name_end],
            flags=header.flags,
            method=header.method,
            crc=header.crc,
            packed_size=packed_size,
            size=size,
            header_offset=header_offset,
            time=header.time,
            date=header.date,
            made_by=header.made_by,
            version_needed=header.version_needed,
            internal_attributes=header.internal_attributes,
            external_attributes=header.external_attributes,
            extra=extra,
            comment=self._records[extra_end:comment_end],
            fault=fault,
        )


def read_directory(file: RandomAccessFile, limits: Limits | None = None) -> Directory:
    """Read the directory of a zip.

    Args:
        limits: None for an archive that was accepted before.

    Raises ArchiveError, or ArchiveTooLarge, with a sentence for the person who uploaded it.
    """
    end = find_end_record(file)
    if limits is not None:
        _check_claims(end, limits)
    records = file.read(end.size, end.directory_start)
    comment = file.read(end.comment_size, end.comment_start)
    return Directory(records, comment, end, limits)


def _check_claims(end: EndRecord, limits: Limits) -> None:
    """Raise ArchiveTooLarge if the end record announces more than the limits allow."""
    if limits.members < end.count <= end.size // layout.CENTRAL.size:
        raise ArchiveTooLarge(
            f"The archive has {end.count:,} members; the limit is {limits.members:,}. Split it."
        )
    if end.size > limits.directory_bytes:
        raise ArchiveTooLarge(
            f"The archive's list of members has {end.size:,} bytes; "
            f"the limit is {limits.directory_bytes:,}. Split it, or shorten the names."
        )


def _find_records(records: bytes, limits: Limits | None) -> tuple["array[int]", set[int]]:
    """Find where each entry starts, and the numbers of those that are damaged.

    After a damaged entry the search goes on at the next signature.
    """
    starts = array("Q")
    damaged: set[int] = set()
    start = names_size = 0
    while start < len(records) and not records.startswith(layout.DIGITAL_SIGNATURE, start):
        end = _find_record_end(records, start)
        if end is None:
            damaged.add(len(starts))
            end = records.find(layout.CENTRAL_SIGNATURE, start + 1)
            end = end if end >= 0 else len(records)
        else:
            names_size += _NAME_FIELDS.unpack_from(records, start)[1]
        starts.append(start)
        start = end
        if limits is not None:
            _check_counts(len(starts), names_size, limits)
    return starts, damaged


def _check_counts(members: int, names_size: int, limits: Limits) -> None:
    if members > limits.members:
        raise ArchiveTooLarge(
            f"The archive has more than {limits.members:,} members; that is the limit. Split it."
        )
    if names_size > limits.names_bytes:
        raise ArchiveTooLarge(
            f"The names in the archive have more than {limits.names_bytes:,} bytes; "
            "that is the limit. Split it, or shorten the names."
        )


def _find_record_end(records: bytes, start: int) -> int | None:
    """Return where the entry that begins at `start` ends; None if it is damaged."""
    size = layout.CENTRAL.size
    if not records.startswith(layout.CENTRAL_SIGNATURE, start) or start + size > len(records):
        return None
    _, *lengths = _NAME_FIELDS.unpack_from(records, start)
    end = start + size + sum(lengths)
    return end if end <= len(records) else None


def resolve_zip64(values: Sequence[int], extra: bytes) -> tuple[list[int], str | None]:
    """Return sizes (and offset) with those over 32 bits from the Zip64 field, and a fault."""
    resolved = list(values)
    large = [index for index, value in enumerate(values) if value == layout.MAX32]
    fields = (part for kind, part in layout.iter_extra_fields(extra) if kind == layout.ZIP64_FIELD)
    if large and (field := next(fields, None)) is not None:
        if len(field) < 8 * len(large):
            return [0] * len(values), _BROKEN_ZIP64
        for index, value in zip(large, struct.unpack_from(f"<{len(large)}Q", field), strict=True):
            resolved[index] = value
    return resolved, None
