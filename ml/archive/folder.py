"""Pack a folder into one stored zip without following a link, even one that appears meanwhile."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from ml.archive.limits import Limits
from ml.archive.new_member import NewMember, read_chunks
from ml.archive.writer import ZipWriter, make_entry
from ml.errors import ArchiveError, ArchiveTooLarge

# A pipe must not block, and a link must not be followed.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def pack_folder(folder: Path, out: Path, limits: Limits) -> None:
    """Store every file below a folder under its path relative to it, with its name's bytes.

    Everything but ordinary files becomes an empty member with its kind, so that a report lists it
    as skipped. A file that cannot be opened, or that shrinks meanwhile, becomes a damaged member.
    Raises ArchiveError if the folder holds no file, ArchiveTooLarge over a limit.
    """
    left, count = limits.unpacked_bytes, 0
    with out.open("wb") as stream:
        writer = ZipWriter(stream)
        for member in _iter_files(folder, out):
            count += 1
            left -= member.entry.size
            if count > limits.members or left < 0:
                raise ArchiveTooLarge(
                    f"There are more than {limits.members:,} files or "
                    f"{limits.unpacked_bytes:,} bytes in {folder}; that is the limit."
                )
            writer.store(member.entry, member.chunks)
        if not count:
            raise ArchiveError(f"There is no file in the folder {folder}.")
        writer.finish()


def _iter_files(folder: Path, out: Path) -> Iterator[NewMember]:
    top = os.fsencode(folder)
    skipped = os.fsencode(out.absolute())
    for path, folders, names, descriptor in os.fwalk(top, onerror=_refuse):
        folders.sort()
        links = [name for name in folders if _is_link(name, descriptor)]
        for name in sorted([*names, *links]):
            file = os.path.join(path, name)  # noqa: PTH118 - names are bytes
            if file != skipped:
                yield _make_member(os.path.relpath(file, top), name, descriptor)


def _make_member(path: bytes, name: bytes, parent: int) -> NewMember:
    """Make a member of a file, which is opened below its folder's descriptor."""
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        return NewMember(make_entry(path, size=0, mode=status.st_mode))
    entry = make_entry(
        path, size=status.st_size, mode=status.st_mode, modified=max(0.0, status.st_mtime)
    )
    return NewMember(entry, _read(name, parent))


def _read(name: bytes, parent: int) -> Iterator[bytes]:
    """Yield a file's bytes; none if it is no longer an ordinary file or must not be read."""
    try:
        handle = os.open(name, _FLAGS, dir_fd=parent)
    except OSError:
        return
    with os.fdopen(handle, "rb") as stream:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            yield from read_chunks(stream)


def _is_link(name: bytes, parent: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)


def _refuse(error: OSError) -> NoReturn:
    raise ArchiveError(f"A folder cannot be read: {error.strerror}.") from error
