"""Tell archives from other files, and pack loose pictures into one stored zip."""

import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ml.archive import layout
from ml.archive.end_record import has_end_record
from ml.archive.formats import (
    START_BYTES,
    ZIP,
    ArchiveFormat,
    find_archive_format,
    is_picture,
)
from ml.archive.limits import Limits
from ml.archive.random_access import RandomAccessFile
from ml.errors import ArchiveTooLarge

_CHUNK = 1 << 20
_NUMBER_BYTES = 20  # room for a number behind a shortened name


def find_archive_kind(file: Path, name: str) -> ArchiveFormat | None:
    """Find the format of an archive, even of a damaged one; None for any other file.

    A file that starts as a picture and ends as a zip is treated as a picture.

    Args:
        name: tells the format if the file's first bytes do not.
    """
    with RandomAccessFile(file) as stream:
        start = stream.read(START_BYTES, 0)
        # A tar whose last member is a zip ends like one, so the start comes first.
        is_known = is_picture(start) or find_archive_format("", start) is not None
        if not is_known and has_end_record(stream):
            return ZIP
        return find_archive_format(name, start)


def pack_pictures(files: Iterable[tuple[str, Path]], out: Path, limits: Limits) -> None:
    """Store the bytes of files under the given names, in order, in a new zip at `out`.

    Limits are checked against the bytes read. A repeated name gets a number. A name too long for a
    zip is shortened.
    Raises ArchiveTooLarge. The caller then removes the incomplete `out`.
    """
    names = _UniqueNames()
    left = limits.unpacked_bytes
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, strict_timestamps=False) as zf:
        for count, (name, file) in enumerate(files):
            if count >= limits.members:
                raise ArchiveTooLarge(
                    f"There are more than {limits.members:,} files; that is the limit."
                )
            unique = names.make(name)
            if not stat.S_ISREG(mode := file.lstat().st_mode):
                _store_empty(zf, unique, mode)
                continue
            left -= _store(zf, unique, file, left)
            if left < 0:
                raise ArchiveTooLarge(
                    f"The files are more than {limits.unpacked_bytes:,} bytes together; "
                    "that is the limit."
                )


def _store(zf: zipfile.ZipFile, name: str, file: Path, most: int) -> int:
    """Store one file. Returns the number of bytes read, at most one chunk more than `most`."""
    info = zipfile.ZipInfo.from_file(file, name, strict_timestamps=False)
    size = 0
    with file.open("rb") as source, zf.open(info, "w") as member:
        while size <= most and (chunk := source.read(_CHUNK)):
            size += len(chunk)
            member.write(chunk)
    return size


def _store_empty(zf: zipfile.ZipFile, name: str, mode: int) -> None:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    zf.writestr(info, b"")


class _UniqueNames:
    """Makes names that are unique and fit into a zip."""

    def __init__(self) -> None:
        self._last_number: dict[str, int] = {}  # by every name that `make` returned

    def make(self, name: str) -> str:
        """Return the name, shortened if need be, with a number if it was returned before."""
        name = unique = _shorten(name)
        path, number = PurePosixPath(name), self._last_number.get(name, 1)
        while unique in self._last_number:
            number += 1
            unique = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        self._last_number[name] = number
        self._last_number.setdefault(unique, 1)
        return unique


def _shorten(name: str) -> str:
    """Shorten a name that is too long for a zip; a suffix of usual length stays."""
    most = layout.MAX16 - _NUMBER_BYTES
    encoded = name.encode(errors="replace")
    if len(encoded) <= most:
        return encoded.decode()
    suffix = PurePosixPath(name).suffix.encode(errors="replace")
    if len(suffix) > _NUMBER_BYTES:
        suffix = b""
    return (encoded[: most - len(suffix)] + suffix).decode(errors="ignore").rstrip("/")
