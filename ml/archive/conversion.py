"""Copy whatever is not a whole zip into one stored zip, so that later steps read zips only.

The copying runs in a process of its own with limits on memory and time, because the libraries that
read other formats are C code and the archive may be hostile.
"""

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from ml.archive.cut_zip import iter_cut_zip
from ml.archive.end_record import find_end_record
from ml.archive.formats import ArchiveFormat
from ml.archive.limits import Limits, format_bytes
from ml.archive.nested import has_inner_zip, iter_nested
from ml.archive.new_member import NewMember
from ml.archive.random_access import RandomAccessFile
from ml.archive.tars import iter_tar
from ml.archive.with_libarchive import iter_with_libarchive
from ml.archive.writer import ZipWriter
from ml.errors import ArchiveError, ArchiveTooLarge
from ml.process_limits import limit_process

MEMORY_BYTES = 2**30  # a 7z of the usual settings needs up to 200 MB
_LEAST_SECONDS = 120
_BYTES_PER_SECOND = 2**19  # slower than any format unpacks on a slow disk


def needs_conversion(file: Path, kind: ArchiveFormat, *, open_inner_zips: bool = False) -> bool:
    """Tell whether an archive must be converted before it can be read.

    Args:
        open_inner_zips: whether zips within the zip are opened as well.
    """
    if not kind.is_zip:
        return True
    try:
        with RandomAccessFile(file) as stream:
            find_end_record(stream)
        return open_inner_zips and has_inner_zip(file)
    except ArchiveError:
        return _starts_with_member(file)


def convert(
    file: Path, kind: ArchiveFormat, out: Path, limits: Limits, *, seconds: float | None = None
) -> str | None:
    """Write the members of an archive as a stored zip at `out`.

    Members that are damaged, encrypted, links or folders stay what they are, so that reading the
    zip gives the reason.

    Args:
        seconds: time limit; default: by the archive's size.

    Returns: a sentence if the archive breaks off, or a member was left out or is damaged; None if
        all was read.

    Raises ArchiveError, ArchiveTooLarge, OSError. The caller then removes the incomplete `out`.
    """
    if seconds is None:
        seconds = _LEAST_SECONDS + file.stat().st_size / _BYTES_PER_SECOND
    context = multiprocessing.get_context("spawn")  # the parent may have threads
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=_convert_here, args=(sender, os.getpid(), file, kind, out, limits), daemon=True
    )
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise ArchiveError(f"Unpacking {kind.label} took longer than {seconds:,.0f} seconds.")
        answer = receiver.recv()
    except EOFError as exc:
        raise ArchiveError(f"The program that unpacks {kind.label} crashed on this one.") from exc
    finally:
        process.kill()
        process.join()
        receiver.close()
        _name_inner(out).unlink(missing_ok=True)
    if isinstance(answer, Exception):
        raise answer
    return str(answer) if answer else None


def _convert_here(
    sender: Connection, parent: int, file: Path, kind: ArchiveFormat, out: Path, limits: Limits
) -> None:
    """Convert in this process, and send the result or the error to the parent."""
    limit_process(MEMORY_BYTES, parent)
    try:
        members = _iter_members(file, kind, limits, _name_inner(out))
        sender.send(write_zip(members, file, out, limits))
    except (ArchiveError, OSError) as exc:
        sender.send(exc)
    except MemoryError:
        sender.send(ArchiveError(f"Unpacking this needs over {MEMORY_BYTES:,} bytes of memory."))


def _name_inner(out: Path) -> Path:
    """Return where an inner zip is unpacked: beside the new zip, and by its name its owner's."""
    return out.with_name(f"{out.name}.inner")


def _iter_members(
    file: Path, kind: ArchiveFormat, limits: Limits, inner: Path
) -> Iterator[NewMember]:
    if kind.is_tar:
        return iter_tar(file, kind.label)
    if not kind.is_zip:
        return iter_with_libarchive(file, kind.label)
    with RandomAccessFile(file) as stream:
        try:
            find_end_record(stream)
        except ArchiveError:
            return iter_cut_zip(file)
    return iter_nested(file, limits, inner)


def write_zip(members: Iterator[NewMember], file: Path, out: Path, limits: Limits) -> str | None:
    """Write members that are read from `file` as a stored zip. Returns and raises as `convert`.

    A member that is too large by itself gets an entry without its bytes.
    """
    count = left_out = 0
    notes = []
    reasons: list[str | None] = []
    budget = _Budget(limits, file.stat().st_size)
    with out.open("wb") as stream:
        writer = ZipWriter(stream)
        try:
            for member in members:
                budget.take_name(member.entry.name)
                count += 1
                chunks = budget.watch(member.chunks)
                if member.local_extra is not None:
                    writer.copy(member.entry, member.local_extra, chunks)
                elif member.is_size_known and member.entry.size > budget.most_of_one:
                    left_out += 1
                    writer.store(member.entry, ())
                else:
                    size_known = member.is_size_known
                    reasons.append(writer.store(member.entry, chunks, is_size_known=size_known))
        except ArchiveTooLarge:
            raise
        except ArchiveError as exc:
            if not count:
                raise
            files = "1 file" if count == 1 else f"{count:,} files"
            notes.append(f"{exc} Before the break, MonaSieve read {files}.")
        if not count:
            raise ArchiveError("This archive is empty: there is no file in it.")
        writer.finish()
    if left_out:
        have = "1 of its files has" if left_out == 1 else f"{left_out:,} of its files have"
        notes.append(
            f"{have} more than {format_bytes(budget.most_of_one)}, the limit for one file of this "
            "archive, and cannot be read."
        )
    return " ".join(notes) or _describe_damage([reason for reason in reasons if reason])


def _describe_damage(reasons: list[str]) -> str | None:
    """Say why members are not whole, because their rows can only say that bytes are missing."""
    if not reasons:
        return None
    are = "1 of its files is" if len(reasons) == 1 else f"{len(reasons):,} of its files are"
    return f"{are} not whole; the reason of the first: {reasons[0]}."


class _Budget:
    """Counts what is written, and raises ArchiveTooLarge over a limit."""

    def __init__(self, limits: Limits, archive_size: int) -> None:
        self._limits = limits
        self._members_left = limits.members
        self._names_left = limits.names_bytes
        self._written = 0
        self._most = limits.compute_most_unpacked(archive_size)
        self.most_of_one = min(self._most, limits.member_bytes)

    def take_name(self, name: bytes) -> None:
        self._members_left -= 1
        self._names_left -= len(name)
        if self._members_left < 0 or self._names_left < 0:
            raise ArchiveTooLarge(
                f"The archive has more than {self._limits.members:,} members, or their names more "
                f"than {self._limits.names_bytes:,} bytes; that is the limit. Split it."
            )

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._written += len(chunk)
            if self._written > self._most:
                raise ArchiveTooLarge(
                    f"The archive unpacks to more than {self._most:,} bytes; that is the limit "
                    "for an archive of its size. Split it."
                )
            yield chunk


def _starts_with_member(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(4) == b"PK\3\4"
