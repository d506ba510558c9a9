"""Copies of kept pictures below the storage root; their names come from hostile archives."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_NAME_BYTES = 180
"""File systems allow 255 bytes; the rest is room for a number before the suffix."""
_PATH_BYTES = 1000
"""Of a path below the job's folder. Systems allow 4,096 with the folders above it."""


class Copies:
    """One job's own folder of copies."""

    def __init__(self, parent: Path, job_name: str, job_id: str) -> None:
        """Choose the folder below `parent`, which `Files.copy_folder` gives. Nothing is written."""
        self.folder = parent / f"{_clean_part(Path(job_name).stem)} {job_id[:8]}"

    def add(self, member: str, data: bytes, original: Path | None = None) -> Path:
        """Write a member's bytes below the folder. Returns the file.

        Args:
            original: a file with these bytes. If it lies on the same disk, the copy is a hard link
                to it, which takes no room.

        The member keeps its folders, but its path never leads outside. A file that is there is
        never overwritten: with the same bytes it counts as the copy, else a number is added.
        Raises OSError.
        """
        parts = [_clean_part(part) for part in member.replace("\\", "/").split("/")]
        *folders, name = _shorten([part for part in parts if part] or ["picture"])
        folder = self.folder
        for part in folders:
            folder = _make_folder(folder, part)
        folder.mkdir(parents=True, exist_ok=True)
        wanted = folder / name
        number, file = 1, wanted
        while not _is_copy(file, data):
            try:
                _write_new(file, data, original)
            except FileExistsError:
                number += 1
                file = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
            else:
                break
        return file


def _clean_part(part: str) -> str:
    """Return a part of a path as a harmless name of one file or folder; it may be empty."""
    plain = "".join(c if c.isprintable() and c not in '<>:"|?*/\\' else "_" for c in part)
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


def _make_folder(parent: Path, name: str) -> Path:
    """Make a folder, with a number behind its name if a file has that name."""
    number, folder = 1, parent / name
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            number += 1
            folder = parent / f"{name} ({number})"
        else:
            return folder


def _is_copy(file: Path, data: bytes) -> bool:
    """Tell whether the file holds this picture already, from an interrupted run."""
    return file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data


def _write_new(file: Path, data: bytes, original: Path | None) -> None:
    """Write a new file atomically. Raises FileExistsError if there is one.

    An empty file reserves the name, and the draft is then renamed over it.
    """
    with file.open("xb"):
        pass
    draft = file.with_name(f".{os.getpid()}.part")
    try:
        if original is None or not _link(original, draft, data):
            draft.write_bytes(data)
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        file.unlink()
        raise


def _link(original: Path, draft: Path, data: bytes) -> bool:
    """Make `draft` a hard link to a file with these bytes. Returns False if that cannot be."""
    try:
        os.link(original, draft, follow_symlinks=False)
    except OSError:  # another disk; another owner's file; no links on this file system
        return False
    # What was linked may have changed since the bytes were read.
    is_same = stat.S_ISREG(draft.lstat().st_mode) and draft.read_bytes() == data
    if not is_same:
        draft.unlink()
    return is_same
