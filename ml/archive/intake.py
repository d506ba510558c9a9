"""Whatever is not a zip yet → one stored zip, in one pass: behind the door there is only zip."""

import os
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ml.archive.formats import is_picture
from ml.archive.limits import Limits
from ml.errors import ArchiveError, ArchiveTooLarge

_CHUNK = 1 << 20


def is_zip(file: Path) -> bool:
    """Whether a file is, or was meant to be, a zip: it starts or, unless a picture, ends like one.

    A picture may have a zip behind it, which some call a joke and some a way to hide; it is shown
    as what it looks like.
    """
    with file.open("rb") as stream:
        start = stream.read(16)
    return start.startswith(b"PK") or (not is_picture(start) and zipfile.is_zipfile(file))


def pictures_to_zip(files: Iterable[tuple[str, Path]], out: Path, limits: Limits) -> None:
    """Store files under the given names, as they are, in order; `out` is written anew.

    Limits are counted on the bytes read. A name that comes twice gets a number.
    Raises ArchiveTooLarge; `out` is then incomplete and the caller's to remove.
    """
    taken: set[str] = set()
    total = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, strict_timestamps=False) as zf:
        for name, file in files:
            if len(taken) >= limits.members:
                raise ArchiveTooLarge(
                    f"There are more than {limits.members:,} files; that is the limit."
                )
            unique = _unique(name, taken)
            taken.add(unique)
            if not stat.S_ISREG(mode := file.lstat().st_mode):
                _note(zf, unique, mode)
                continue
            info = zipfile.ZipInfo.from_file(file, unique, strict_timestamps=False)
            with file.open("rb") as source, zf.open(info, "w") as member:
                while chunk := source.read(_CHUNK):
                    total += len(chunk)
                    if total > limits.unpacked_bytes:
                        raise ArchiveTooLarge(
                            f"The files are more than {limits.unpacked_bytes:,} bytes together; "
                            "that is the limit."
                        )
                    member.write(chunk)


def folder_to_zip(folder: Path, out: Path, limits: Limits) -> None:
    """Store every file below a folder under its path relative to it, sorted.

    Links are not followed, and what is no ordinary file is not opened: these become empty members
    that say what they are, so that they show up as skipped.
    Raises ArchiveError when there is none, ArchiveTooLarge over a limit.
    """
    found = [file for file in sorted(folder.rglob("*")) if file.is_symlink() or not file.is_dir()]
    files = [(_readable(file.relative_to(folder)), file) for file in found if file != out]
    if not files:
        raise ArchiveError(f"There is no file in the folder {folder}.")
    pictures_to_zip(files, out, limits)


def _note(zf: zipfile.ZipFile, name: str, mode: int) -> None:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    zf.writestr(info, b"")


def _readable(path: Path) -> str:
    """A file system's names are bytes; what is no UTF-8 in them is replaced."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


def _unique(name: str, taken: set[str]) -> str:
    path, number, unique = PurePosixPath(name), 1, name
    while unique in taken:
        number += 1
        unique = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
    return unique
