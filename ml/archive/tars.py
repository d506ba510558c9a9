"""Read a tar archive, which may be compressed, from its start to its end or break."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Self, cast

from backports import zstd

from ml.archive.formats import find_archive_format, is_picture
from ml.archive.limits import format_bytes
from ml.archive.new_member import NewMember, read_chunks
from ml.archive.writer import make_entry
from ml.errors import ArchiveError, MemberUnreadable

_DAMAGED = (
    tarfile.TarError,
    OSError,
    EOFError,
    ValueError,
    zlib.error,
    lzma.LZMAError,
    zstd.ZstdError,
)
_CUT = ("unexpected end of data", "its end is missing", "truncated header")
_OPENERS: dict[bytes, Callable[[BinaryIO], object]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
    b"\x28\xb5\x2f\xfd": zstd.open,
}


class _Tar(tarfile.TarFile):
    """A tar that knows whether the zeros of its end have come, and where a file broke off."""

    has_ended = False
    broken_at: int | None = None  # bytes of the archive, compressed or not


class _TarInfo(tarfile.TarInfo):
    """A header. `tarfile` takes damage or a break behind the first one for the tar's end."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> Self:
        """Read the next header. Raises tarfile.ReadError if it is damaged or missing."""
        tar = cast("_Tar", tarfile_)
        try:
            info = super().fromtarfile(tar)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # typeshed lacks it
            tar.has_ended = True
            raise
        except tarfile.EmptyHeaderError as exc:  # type: ignore[attr-defined]
            if tar.has_ended or tar.offset == 0:
                raise
            raise tarfile.ReadError("its end is missing") from exc
        except tarfile.HeaderError as exc:
            raise tarfile.ReadError(str(exc)) from exc
        except OverflowError as exc:  # `tarfile` believes the length of a pax record
            raise tarfile.ReadError("a length in it is too large") from exc
        tar.has_ended = False
        return info


def iter_tar(file: Path, label: str) -> Iterator[NewMember]:
    """Yield the members of a tar, in order. The caller takes each one's bytes before the next.

    Raises ArchiveError where the tar breaks off, or if a compressed file holds none.

    Args:
        label: the format's name with its article, for sentences.
    """
    with file.open("rb") as source, _open_stream(source) as stream:
        tar = None
        try:
            _check_holds_tar(file, label)
            with _Tar.open(
                fileobj=stream,
                mode="r|",
                encoding="utf-8",
                errors="surrogateescape",
                tarinfo=_TarInfo,
                ignore_zeros=True,  # another tar may follow the end of the first
            ) as tar:
                for info in tar:
                    yield _make_member(tar, info, source)
        except _DAMAGED as exc:
            readable = (tar and tar.broken_at) or source.tell()
            raise ArchiveError(_describe_break(label, file.stat().st_size, readable, exc)) from exc


def _describe_break(label: str, size: int, readable: int, error: Exception) -> str:
    """Return a sentence about an archive that breaks off, and what to do.

    Args:
        size: bytes that arrived.
        readable: how many of them were read, with some behind the damage.
    """
    what, arrived = label.partition(" ")[2], format_bytes(size)
    if isinstance(error, EOFError) or str(error) in _CUT:
        found = f"is incomplete: {arrived} arrived, and there it breaks off"
    elif readable < size:
        found = f"is damaged: {arrived} arrived, of which about the first {format_bytes(readable)} "
        found += "can be read"
    else:
        found = f"is damaged: {arrived} arrived, which cannot be read to their end"
    return f"This {what} {found}. Copy or download it again."


def _check_holds_tar(file: Path, label: str) -> None:
    """Raise ArchiveError if a compressed file holds something else. Raises _DAMAGED."""
    with file.open("rb") as source, _open_stream(source) as stream:
        start = stream.read(tarfile.BLOCKSIZE)
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.HeaderError as exc:
        is_compressed = not isinstance(stream, io.BufferedReader)
        if not is_compressed or not any(start):  # `tarfile` says what is wrong; or it is empty
            return
        kind = find_archive_format("", start)
        what = kind.label if kind else "a picture" if is_picture(start) else "another file"
        raise ArchiveError(
            f"This is {label} that holds {what} instead of a tar archive. Unpack it, and send what "
            "is in it."
        ) from exc


def _open_stream(source: BinaryIO) -> BinaryIO:
    """Return a stream of the tar that a file is or holds. The caller closes both."""
    start = source.read(tarfile.BLOCKSIZE)
    source.seek(0)
    # A plain tar begins with the name of its first member, which may look like a compressed file.
    is_plain = start[257:262] == b"ustar"
    openers = (o for magic, o in _OPENERS.items() if start.startswith(magic) and not is_plain)
    return cast("BinaryIO", next(openers, lambda same: same)(source))


def _make_member(tar: _Tar, info: tarfile.TarInfo, source: BinaryIO) -> NewMember:
    name = info.name.encode("utf-8", "surrogateescape")
    modified = float(info.mtime)
    if info.isdir():
        return NewMember(make_entry(name + b"/", size=0, mode=stat.S_IFDIR, modified=modified))
    if not info.isreg():
        kind = stat.S_IFLNK if info.issym() or info.islnk() else stat.S_IFIFO
        return NewMember(make_entry(name, size=0, mode=kind, modified=modified))
    mode = stat.S_IFREG | info.mode & 0o777
    entry = make_entry(name, size=info.size, mode=mode, modified=modified)
    return NewMember(entry, _read(tar, info, source))


def _read(tar: _Tar, info: tarfile.TarInfo, source: BinaryIO) -> Iterator[bytes]:
    """Yield a file's bytes. Raises MemberUnreadable where the tar breaks off."""
    try:
        stream = tar.extractfile(info)
        if stream is not None:
            yield from read_chunks(stream)
    except _DAMAGED as exc:
        tar.broken_at = tar.broken_at or source.tell()  # looking for the next file reads on
        raise MemberUnreadable("damaged in the archive: it cannot be read to its end") from exc
