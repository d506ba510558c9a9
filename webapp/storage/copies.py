"""Copies of kept pictures below the storage root; their names come from hostile archives."""

from __future__ import annotations

import os
from pathlib import Path

_NAME_BYTES = 180
"""Room is left for a number before the suffix: file systems end at 255."""


class Copies:
    """One job's own folder of copies."""

    def __init__(self, parent: Path, job_name: str, job_id: str) -> None:
        """Choose the folder below `parent`, as `Files.copy_folder` gave it; nothing is made yet."""
        self.folder = parent / f"{_clean_part(Path(job_name).stem)} {job_id[:8]}"

    def add(self, member: str, data: bytes) -> Path:
        """Write a member's bytes below the folder; returns where.

        Its path keeps its folders but never leads upwards or elsewhere. A file that is there
        already is never overwritten: with the same bytes it is the copy, else a number is added.
        Raises OSError.
        """
        parts = [_clean_part(part) for part in member.replace("\\", "/").split("/")]
        wanted = self.folder.joinpath(*(part for part in parts if part))
        wanted = wanted if wanted != self.folder else self.folder / "picture"
        wanted.parent.mkdir(parents=True, exist_ok=True)
        number, file = 1, wanted
        while not _is_copy(file, data):
            try:
                _write_new(file, data)
            except FileExistsError:
                number += 1
                file = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
            else:
                break
        return file


def _clean_part(part: str) -> str:
    """A part of a path that names one plain file or folder, or nothing."""
    plain = "".join(c if c.isprintable() and c not in '<>:"|?*/\\' else "_" for c in part)
    plain = plain.strip(". ")
    if len(plain.encode()) <= _NAME_BYTES:
        return plain
    stem, dot, suffix = plain.rpartition(".")
    suffix = (dot + suffix)[-20:] if stem else ""
    return plain.encode()[: _NAME_BYTES - len(suffix.encode())].decode(errors="ignore") + suffix


def _is_copy(file: Path, data: bytes) -> bool:
    """Whether this very picture lies there already: an interrupted copying goes on."""
    return file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data


def _write_new(file: Path, data: bytes) -> None:
    """Write a file that must not be there yet, whole or not at all.

    The empty file reserves the name; a rename over it is ours alone.
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
