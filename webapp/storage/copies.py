"""Copies of kept pictures below the storage root; their names come from hostile archives."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

_FORBIDDEN = re.compile(r'[<>:"|?*/\\]')

_NAME_BYTES = 180
"""File systems allow 255 bytes; the rest is room for a number before the suffix."""
_PATH_BYTES = 1000
"""Of a path below the job's folder. Systems allow 4,096 with the folders above it."""


class CopyFolder:
    """One job's own folder of copies."""

    def __init__(self, parent: Path, job_name: str, job_id: str) -> None:
        """Choose the folder below `parent`, which `Files.copy_folder` gives. Nothing is written."""
        self.path = parent / f"{_clean_part(Path(job_name).stem)} {job_id[:8]}"

    def find_place(self, member: str, size: int, sha256: str) -> tuple[Path, bool]:
        """Return the file for a member's copy, and whether the copy is there already.

        The member keeps its folders, but its path never leads outside. A file that is there is
        never overwritten: with the same bytes it is the copy, else a number is added.
        """
        parts = [_clean_part(part) for part in member.replace("\\", "/").split("/")]
        *folders, wanted = _shorten([part for part in parts if part] or ["picture"])
        folder = self._choose_folder(tuple(folders))
        number, name = 1, wanted
        while self._is_taken(folder, name):
            if self._has_content(folder, name, size, sha256):
                return folder / name, True
            number += 1
            name = f"{Path(wanted).stem} ({number}){Path(wanted).suffix}"
        return folder / name, False

    def _choose_folder(self, parts: tuple[str, ...]) -> Path:
        """Return a folder below this one, with a number behind a name that a file has."""
        folder = self.path
        for part in parts:
            number, name = 1, part
            while self._is_taken(folder, name) and not (folder / name).is_dir():
                number += 1
                name = f"{part} ({number})"
            folder /= name
        return folder

    def _is_taken(self, folder: Path, name: str) -> bool:
        return os.path.lexists(folder / name)

    def _has_content(self, folder: Path, name: str, size: int, sha256: str) -> bool:
        return has_content(folder / name, size, sha256)


class ListedCopyFolder(CopyFolder):
    """The same, as it was when it was first asked: each folder is listed once, for a plan.

    A file of the journal is not read if its size is still the same.
    """

    def __init__(self, parent: Path, job_name: str, job_id: str, known: Mapping[str, str]) -> None:
        """Take the SHA-256 of files that the journal knows, by path."""
        super().__init__(parent, job_name, job_id)
        self._known = known
        self._chosen: dict[tuple[str, ...], Path] = {}
        self._listed: dict[Path, dict[str, os.DirEntry[str]]] = {}

    def _choose_folder(self, parts: tuple[str, ...]) -> Path:
        if parts not in self._chosen:
            self._chosen[parts] = super()._choose_folder(parts)
        return self._chosen[parts]

    def _is_taken(self, folder: Path, name: str) -> bool:
        return name in self._list(folder)

    def _has_content(self, folder: Path, name: str, size: int, sha256: str) -> bool:
        entry = self._list(folder)[name]
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return False
        if not stat.S_ISREG(status.st_mode) or status.st_size != size:
            return False
        return self._known.get(entry.path) == sha256 or has_content(folder / name, size, sha256)

    def _list(self, folder: Path) -> Mapping[str, os.DirEntry[str]]:
        if folder not in self._listed:
            try:
                with os.scandir(folder) as entries:
                    self._listed[folder] = {entry.name: entry for entry in entries}
            except OSError:  # there is none; or it cannot be read, and copying says so
                self._listed[folder] = {}
        return self._listed[folder]


def write_copy(file: Path, data: bytes, twins: Iterable[Path] = ()) -> None:
    """Make a new file with its folders, by a hard link to a twin where possible.

    Args:
        twins: files with the same content.

    Raises OSError, FileExistsError if there is such a file.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    for twin in twins:
        try:
            os.link(twin, file, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:  # another file system, too many links, or the twin is gone
            continue
        return
    _write_new(file, data)


def has_content(file: Path, size: int, sha256: str) -> bool:
    """Tell whether an ordinary file has this size and content."""
    try:
        status = file.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != size:
            return False
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except OSError:
        return False


def remove_copy(file: Path, sha256: str, root: Path) -> bool:
    """Remove a file, and folders that become empty, up to `root`.

    Returns False if the file was changed, so that it stays; True also if it is gone already.
    """
    if not os.path.lexists(file):
        return True
    if not has_content(file, file.lstat().st_size, sha256):
        return False
    file.unlink()
    folder = file.parent
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            break
        folder = folder.parent
    return True


def _clean_part(part: str) -> str:
    """Return a part of a path as a harmless name of one file or folder; it may be empty."""
    plain = _FORBIDDEN.sub("_", part)
    if not plain.isprintable():
        plain = "".join(c if c.isprintable() else "_" for c in plain)
    plain = plain.strip(". ")
    if len(plain.encode()) <= _NAME_BYTES:
        return plain
    stem, dot, suffix = plain.rpartition(".")
    suffix = (dot + suffix)[-20:] if stem else ""
    return plain.encode()[: _NAME_BYTES - len(suffix.encode())].decode(errors="ignore") + suffix


def _shorten(parts: list[str]) -> list[str]:
    """Drop leading folders of a path that is too long for a file system."""
    while len(parts) > 1 and len("/".join(parts).encode()) > _PATH_BYTES:
        parts = parts[1:]
    return parts


def _write_new(file: Path, data: bytes) -> None:
    """Write a new file atomically. Raises FileExistsError if there is one.

    An empty file reserves the name, and the draft is then renamed over it.
    """
    with file.open("xb"):
        pass
    draft = file.with_name(f".{os.getpid()}.part")
    try:
        draft.write_bytes(data)
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        file.unlink()
        raise
