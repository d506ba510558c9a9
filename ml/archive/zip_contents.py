"""The members of a zip, read through its directory."""

from collections.abc import Iterator
from pathlib import Path

from ml.archive.directory import Entry, read_directory
from ml.archive.end_record import has_end_record
from ml.archive.formats import START_BYTES, describe_refused_file
from ml.archive.limits import Limits
from ml.archive.random_access import RandomAccessFile
from ml.archive.traps import find_traps
from ml.archive.unpack import unpack, unpack_start
from ml.errors import ArchiveError


class ZipContents:
    """The members of a zip. Fulfils `Contents`."""

    def __init__(self, archive: Path, limits: Limits | None) -> None:
        """Open a zip.

        Args:
            limits: None for a zip that was accepted before.

        Raises ArchiveError, or ArchiveTooLarge, with a sentence for the person who uploaded it.
        """
        self._file = RandomAccessFile(archive)
        try:
            if limits is not None:
                _check_is_zip(self._file)
            self._directory = read_directory(self._file, limits)
            self.traps = find_traps(self._directory, self._file.size, limits) if limits else {}
        except ArchiveError:
            self._file.close()
            raise

    def __len__(self) -> int:
        return len(self._directory)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._directory)

    def __getitem__(self, number: int) -> Entry:
        return self._directory[number]

    def iter_names(self) -> Iterator[tuple[bytes, int]]:
        return self._directory.iter_names()

    def read(self, entry: Entry) -> bytes:
        """Return all bytes, checksum verified. Raises MemberUnreadable."""
        return unpack(self._file, entry)

    def read_start(self, entry: Entry, size: int) -> bytes:
        """Return the first bytes. Raises MemberUnreadable."""
        return unpack_start(self._file, entry, size)

    def find_file(self, _number: int) -> None:
        """Return None, because no member is a file of its own."""

    def close(self) -> None:
        self._file.close()


def _check_is_zip(file: RandomAccessFile) -> None:
    start = file.read(START_BYTES, 0)
    if not start.startswith(b"PK") and not has_end_record(file):
        raise ArchiveError(describe_refused_file(file.name, start))
