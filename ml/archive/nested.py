"""Read a zip with its inner zips opened, one level deep: `inner.zip/picture.png` is a member.

Members keep their packed bytes. An inner zip that cannot be read stays a member as it is.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from ml.archive import layout
from ml.archive.directory import Entry, read_directory
from ml.archive.limits import Limits
from ml.archive.names import find_encoding, read_path
from ml.archive.new_member import NewMember
from ml.archive.random_access import RandomAccessFile
from ml.archive.unpack import iter_unpacked, read_local_header
from ml.errors import ArchiveError, MemberUnreadable

_SUFFIXES = (b".zip", b".cbz")


def has_inner_zip(file: Path) -> bool:
    """Tell whether a zip has a member that is named like a zip. Raises ArchiveError."""
    with RandomAccessFile(file) as stream:
        return any(_is_zip_name(name) for name, _ in read_directory(stream).iter_names())


def iter_nested(file: Path, limits: Limits, unpacked: Path) -> Iterator[NewMember]:
    """Yield all members; those of an inner zip take its place.

    Args:
        unpacked: where one inner zip after the other is unpacked. The caller removes it.

    Raises ArchiveError.
    """
    with RandomAccessFile(file) as stream:
        directory = read_directory(stream, limits)
        encoding = find_encoding(directory.iter_names())
        for entry in directory:
            if _is_zip_name(entry.name):
                yield from _iter_inner(stream, entry, read_path(entry, encoding), limits, unpacked)
            else:
                yield _copy(stream, entry)


def _is_zip_name(name: bytes) -> bool:
    return name.lower().endswith(_SUFFIXES)


def _iter_inner(
    outer: RandomAccessFile, entry: Entry, path: str, limits: Limits, unpacked: Path
) -> Iterator[NewMember]:
    """Yield the members of an inner zip, or the inner zip itself if it cannot be read."""
    try:
        _unpack_to(outer, entry, unpacked, limits)
        with RandomAccessFile(unpacked) as inner:
            directory = read_directory(inner, limits)
            encoding = find_encoding(directory.iter_names())
            for member in directory:
                copied = _copy(inner, member)
                name = _join_names(entry, path, member, read_path(member, encoding))
                yield dataclasses.replace(copied, entry=_rename(copied.entry, *name))
    except (ArchiveError, MemberUnreadable):
        yield _copy(outer, entry)


def _unpack_to(outer: RandomAccessFile, entry: Entry, file: Path, limits: Limits) -> None:
    """Raises MemberUnreadable."""
    if entry.is_encrypted:
        raise MemberUnreadable("encrypted")
    most = limits.compute_most_unpacked(outer.size)
    if entry.size > most:
        raise MemberUnreadable(f"over {most:,} bytes, the limit for an archive of this size")
    with file.open("wb") as out:
        out.writelines(iter_unpacked(outer, entry, entry.size))


def _join_names(outer: Entry, outer_path: str, inner: Entry, inner_path: str) -> tuple[bytes, int]:
    """Return the name `outer/inner` and its flag for UTF-8; bytes stay as they are if possible."""
    flags = [entry.flags & layout.UTF8 for entry in (outer, inner) if not entry.name.isascii()]
    if len(set(flags)) <= 1:
        return outer.name + b"/" + inner.name, flags[0] if flags else 0
    return f"{outer_path}/{inner_path}".encode(errors="replace"), layout.UTF8


def _rename(entry: Entry, name: bytes, flag: int) -> Entry:
    flags = entry.flags & ~layout.UTF8 | flag
    return dataclasses.replace(entry, name=name[-layout.MAX16 :], flags=flags)


def _copy(file: RandomAccessFile, entry: Entry) -> NewMember:
    """Return a member with its packed bytes. A damaged one claims one byte and has none.

    Bytes that the file does not have are not claimed, because other members follow in the new zip.
    """
    try:
        start, local_extra = read_local_header(file, entry)
    except MemberUnreadable:
        damaged = dataclasses.replace(
            entry, fault=None, method=layout.STORED, packed_size=0, size=1
        )
        return NewMember(damaged, local_extra=b"")
    end = min(start + entry.packed_size, file.size)
    present = dataclasses.replace(entry, packed_size=max(0, end - start))
    return NewMember(present, file.iter_chunks(start, end), local_extra=local_extra)
