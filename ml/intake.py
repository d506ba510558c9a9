"""Whatever is not a zip yet → one stored zip, in one pass: behind the door there is only zip."""

import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ml.archive import Limits
from ml.errors import ArchiveError, ArchiveTooLarge

_CHUNK = 1 << 20


def is_zip(file: Path) -> bool:
    """Whether a file is, or was meant to be, a zip: it starts or ends like one."""
    with file.open("rb") as stream:
        return stream.read(2) == b"PK" or zipfile.is_zipfile(file)


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

    Raises ArchiveError when there is none, ArchiveTooLarge over a limit.
    """
    files = [(file.relative_to(folder).as_posix(), file) for file in sorted(folder.rglob("*"))]
    files = [(name, file) for name, file in files if file.is_file() and file != out]
    if not files:
        raise ArchiveError(f"There is no file in the folder {folder}.")
    pictures_to_zip(files, out, limits)


def _unique(name: str, taken: set[str]) -> str:
    path, number, unique = PurePosixPath(name), 1, name
    while unique in taken:
        number += 1
        unique = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
    return unique
