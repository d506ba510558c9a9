"""List the files of a folder that is read in place. Nothing is copied, and no link is followed.

The list is a file that takes an archive's place. It says for each file how large it is and when it
was changed, so that a reader never takes another file for the one that was listed.
"""

import dataclasses
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from ml.archive.limits import Limits
from ml.errors import ArchiveError, ArchiveTooLarge

LISTING_SUFFIX = ".folder"
"""Only our own code names a file so: an upload must never be read as a listing."""
OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEPTH = 100  # of folders in each other; every level holds one open folder


@dataclasses.dataclass(frozen=True, slots=True)
class ListedFile:
    """One file as it was when the folder was listed."""

    path: bytes  # below the folder
    size: int  # bytes; 0 for what is no ordinary file
    changed: int  # nanoseconds since 1970
    mode: int  # kind and permissions
    fault: str | None = None  # why it cannot be read


def is_listing(archive: Path) -> bool:
    """Tell whether a path is that of a folder's listing and not of a zip."""
    return archive.suffix == LISTING_SUFFIX


def list_folder(folder: Path, out: Path, limits: Limits) -> None:
    """Write the listing of every file below a folder to `out`, whose suffix is LISTING_SUFFIX.

    Links, pipes and folders that cannot be read are listed too, so that a report names them.
    Their bytes have no limit in all, because none is copied.
    Raises ArchiveError if the folder holds no file, ArchiveTooLarge over a limit.
    """
    folder = folder.resolve()
    files = _list_files(folder, limits)
    with out.open("w", encoding="ascii") as stream:
        stream.write(json.dumps(os.fsdecode(folder)) + "\n")
        for file in files:
            values = (os.fsdecode(file.path), file.size, file.changed, file.mode, file.fault)
            stream.write(json.dumps(values) + "\n")


def read_listed_folder(listing: Path) -> Path:
    """Return the folder that a listing is of. Raises ArchiveError."""
    with _open(listing) as stream:
        return _parse_folder(stream)


def read_listing(listing: Path) -> tuple[Path, list[ListedFile]]:
    """Return the folder and its files, in order. Raises ArchiveError."""
    with _open(listing) as stream:
        folder = _parse_folder(stream)
        try:
            rows = map(json.loads, stream)
            return folder, [ListedFile(os.fsencode(path), *values) for path, *values in rows]
        except (OSError, ValueError, TypeError) as exc:
            raise ArchiveError(f"The list of the files in {folder} is damaged.") from exc


def _open(listing: Path) -> TextIO:
    try:
        return listing.open(encoding="ascii")
    except OSError as exc:
        raise ArchiveError(f"The list of a folder's files is gone: {exc.strerror}.") from exc


def _parse_folder(stream: TextIO) -> Path:
    """Return the folder, which stands in the first line."""
    try:
        return Path(json.loads(stream.readline()))
    except (OSError, ValueError, TypeError) as exc:
        raise ArchiveError("The list of a folder's files is damaged.") from exc


def _list_files(folder: Path, limits: Limits) -> list[ListedFile]:
    files: list[ListedFile] = []
    names_left = limits.names_bytes
    try:
        top = os.open(folder, OPEN_FOLDER)
    except OSError as exc:
        raise ArchiveError(f"The folder {folder} cannot be read: {exc.strerror}.") from exc
    try:
        for file in _walk(top, b"", 1):
            files.append(file)
            names_left -= len(file.path)
            if len(files) > limits.members or names_left < 0:
                raise ArchiveTooLarge(
                    f"There are more than {limits.members:,} files in {folder}, or their paths "
                    f"have more than {limits.names_bytes:,} bytes; that is the limit. Sieve its "
                    "subfolders one by one."
                )
    finally:
        os.close(top)
    if not files:
        raise ArchiveError(f"There is no file in the folder {folder}.")
    return files


def _walk(folder: int, prefix: bytes, depth: int) -> Iterator[ListedFile]:
    """Yield the files of an open folder, then those of its subfolders, each in order."""
    subfolders = []
    for name in sorted(map(os.fsencode, os.listdir(folder))):
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue  # it was removed since the line above
        if stat.S_ISDIR(status.st_mode):
            subfolders.append(name)
            continue
        size = status.st_size if stat.S_ISREG(status.st_mode) else 0
        yield ListedFile(prefix + name, size, status.st_mtime_ns, status.st_mode)
    for name in subfolders:
        try:
            subfolder = _open_subfolder(name, folder, depth)
        except OSError as exc:
            fault = f"a folder that cannot be read: {exc.strerror}"
            yield ListedFile(prefix + name, 0, 0, 0, fault)
            continue
        try:
            yield from _walk(subfolder, prefix + name + b"/", depth + 1)
        finally:
            os.close(subfolder)


def _open_subfolder(name: bytes, folder: int, depth: int) -> int:
    if depth >= _DEPTH:
        raise OSError(0, f"it lies more than {_DEPTH} folders deep")
    return os.open(name, OPEN_FOLDER, dir_fd=folder)
