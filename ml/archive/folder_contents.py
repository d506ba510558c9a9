"""The files of a listed folder, read where they lie. No link is followed."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from ml.archive.directory import Entry
from ml.archive.folder import OPEN_FOLDER, ListedFile, read_listing
from ml.archive.writer import choose_flags, make_entry
from ml.errors import ArchiveError, MemberUnreadable

# A pipe must not block, and a link must not be followed.
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHANGED = "changed since its folder was listed; sieve the folder again"


class FolderContents:
    """The files of a listed folder. Fulfils `Contents`.

    A file is opened when it is read, so that a folder which comes back is found again.
    """

    def __init__(self, listing: Path) -> None:
        """Raises ArchiveError if the listing is gone or damaged."""
        self.folder, self._files = read_listing(listing)
        self.traps: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Entry]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> Entry:
        file = self._files[number]
        return make_entry(
            file.path,
            size=file.size,
            mode=file.mode,
            modified=max(0.0, file.changed / 1e9),
            number=number,
            fault=file.fault,
        )

    def iter_names(self) -> Iterator[tuple[bytes, int]]:
        return ((file.path, choose_flags(file.path)) for file in self._files)

    def read(self, entry: Entry) -> bytes:
        """Return a file's bytes if it is as it was listed.

        Raises MemberUnreadable, or ArchiveError if the whole folder is gone.
        """
        file = self._files[entry.number]
        with self._open(file) as stream:
            try:
                data = stream.read(file.size + 1)
            except OSError as exc:
                raise MemberUnreadable(f"cannot be read: {exc.strerror}") from exc
            _check(file, os.fstat(stream.fileno()))  # it may be written meanwhile
        if len(data) != file.size:
            raise MemberUnreadable(_CHANGED)
        return data

    def read_start(self, entry: Entry, size: int) -> bytes:
        """Return a file's first bytes. Raises as `read` does."""
        with self._open(self._files[entry.number]) as stream:
            try:
                return stream.read(size)
            except OSError as exc:
                raise MemberUnreadable(f"cannot be read: {exc.strerror}") from exc

    def check(self, number: int) -> None:
        """Check, without reading it, that a file is as it was listed. Raises as `read` does."""
        try:
            _check(self._files[number], os.lstat(self.find_file(number)))
        except OSError as exc:
            self._explain(exc)

    def get_changed(self, number: int) -> int:
        """Return when a file was changed, in nanoseconds since 1970."""
        return self._files[number].changed

    def find_file(self, number: int) -> Path:
        """Return a file's path. Whoever opens it by this path may follow a link."""
        return self.folder / os.fsdecode(self._files[number].path)

    def close(self) -> None:
        """Nothing stays open."""

    def _open(self, file: ListedFile) -> BinaryIO:
        """Open a file by its folders, one after the other."""
        *folders, name = file.path.split(b"/")
        handle = self._open_top()
        try:
            for flags, part in [*((OPEN_FOLDER, folder) for folder in folders), (_OPEN_FILE, name)]:
                parent, handle = handle, os.open(part, flags, dir_fd=handle)
                os.close(parent)
            _check(file, os.fstat(handle))
        except OSError as exc:
            os.close(handle)
            self._explain(exc)
        except MemberUnreadable:
            os.close(handle)
            raise
        return os.fdopen(handle, "rb")

    def _open_top(self) -> int:
        try:
            return os.open(self.folder, OPEN_FOLDER)
        except OSError as exc:
            raise ArchiveError(f"The folder {self.folder} is gone: {exc.strerror}.") from exc

    def _explain(self, error: OSError) -> NoReturn:
        """Raise MemberUnreadable, or ArchiveError if the folder holds nothing any more."""
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            os.close(self._open_top())
            if self._is_empty():
                raise ArchiveError(
                    f"The folder {self.folder} is empty now. If it lies on another disk, connect "
                    "the disk again."
                ) from error
            raise MemberUnreadable("no longer in its folder") from error
        if error.errno == errno.ELOOP:
            raise MemberUnreadable(_CHANGED) from error
        raise MemberUnreadable(f"cannot be read: {error.strerror}") from error

    def _is_empty(self) -> bool:
        with os.scandir(self.folder) as found:
            return next(found, None) is None


def _check(file: ListedFile, status: os.stat_result) -> None:
    """Raise MemberUnreadable if a file is not the one that was listed."""
    same = (status.st_size, status.st_mtime_ns) == (file.size, file.changed)
    if not same or not stat.S_ISREG(status.st_mode):
        raise MemberUnreadable(_CHANGED)
