"""Read 7z and RAR archives with libarchive, a C library that may be missing."""

import ctypes
import dataclasses
import locale
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ml.archive import layout, rar5, seven_zip
from ml.archive.decompressors import UnknownMethod, make_foreign_error
from ml.archive.new_member import NewMember
from ml.archive.random_access import RandomAccessFile
from ml.archive.writer import make_entry
from ml.errors import ArchiveError, MemberUnreadable

_CHUNK = 1 << 16
_MISSING = (
    "To read {}, MonaSieve needs libarchive, which this server does not have. On Debian it comes "
    "with `apt install libarchive13`. Or pack the pictures as a zip."
)
_DAMAGED = "The archive is damaged or incomplete{}. Copy or download it again."
_ENCRYPTED = "This archive is encrypted, even its list of files. Pack it again without a password."
_WRONG_CHECKSUM = "damaged in the archive: its checksum is wrong"
_CODEC = re.compile(r"codec ID: ([0-9a-f]+)", re.IGNORECASE)
# By 7-Zip's numbers: DOC/Methods.txt of 7-Zip, DOC/Methods-Extern.md of 7-Zip-zstd.
_CODECS = {0x40109: 0xF709} | {0x4F71100 + low: 0xF700 + low for low in (1, 2, 4, 5, 6)}
_FORMATS = {b"7z\xbc\xaf": "7zip", b"Rar!\x1a\x07\x00": "rar", rar5.SIGNATURE: "rar5"}


def iter_with_libarchive(file: Path, label: str) -> Iterator[NewMember]:
    """Yield the members of an archive, in order. The caller takes each one's bytes before the next.

    It sets the process's locale, because libarchive turns names into its encoding.
    Raises ArchiveError if the library is missing, or where the archive breaks off.

    Args:
        label: the format's name with its article, for sentences.
    """
    libarchive = _import_libarchive(label)
    locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    kind = _find_format(file)
    foreign: list[int] = []  # methods that libarchive does not know
    try:
        with (
            RandomAccessFile(file) as same,
            file.open("rb") as stream,
            libarchive.fd_reader(stream.fileno(), kind, "none") as archive,
        ):
            if kind == "7zip" and seven_zip.is_empty(same):
                return  # libarchive calls it damaged
            blocks = rar5.iter_blocks(same) if kind == "rar5" else iter(())
            files = (block for block in blocks if block.kind == rar5.FILE)
            for entry in archive:
                yield _make_member(libarchive.ffi, entry, next(files, None), foreign)
            is_cut = kind == "rar5" and rar5.END not in {block.kind for block in blocks}
    except libarchive.ArchiveError as exc:
        if "encrypt" in (exc.msg or "").lower():
            raise ArchiveError(_ENCRYPTED) from exc
        if (method := _find_foreign_method(exc.msg, foreign)) is not None:
            raise make_foreign_error(method) from exc
        raise ArchiveError(_DAMAGED.format(f" ({exc.msg})" if exc.msg else "")) from exc
    if is_cut:
        raise ArchiveError(_DAMAGED.format(" (its end is missing)"))


def _import_libarchive(label: str) -> Any:
    try:
        import libarchive  # noqa: PLC0415 - the C library may be missing
    except (ImportError, OSError, AttributeError, TypeError) as exc:
        raise ArchiveError(_MISSING.format(label)) from exc
    return libarchive


def _find_format(file: Path) -> str:
    with file.open("rb") as stream:
        start = stream.read(8)
    return next((name for magic, name in _FORMATS.items() if start.startswith(magic)), "all")


def _find_foreign_method(message: str | None, before: list[int]) -> int | None:
    """Return the method that libarchive does not know, as in FOREIGN_METHODS; None: it is damage.

    Args:
        before: such methods of the archive. libarchive cannot go on behind them in a 7z, and has
            another message then.
    """
    text = message or ""
    if found := _CODEC.search(text):
        return _CODECS.get(int(found[1], 16), 0xF700)
    if "RAR solid" in text:
        return 0xF708
    if "support" in text.lower():
        return 0xF700
    return before[-1] if before and "internal error" in text.lower() else None


def _make_member(ffi: Any, entry: Any, block: rar5.Block | None, foreign: list[int]) -> NewMember:
    """Make a member of an entry, and of its block in a RAR 5 archive."""
    name = _read_name(ffi, entry)
    if entry.isdir:
        return NewMember(make_entry(name.rstrip(b"/") + b"/", size=0, mode=stat.S_IFDIR))
    mode = entry.mode
    if entry.islnk:
        mode = stat.S_IFLNK
    known = bool(ffi.entry_size_is_set(entry._entry_p))
    size = max(0, entry.size or 0)
    made = make_entry(name, size=size, mode=mode, modified=entry.mtime)
    if not stat.S_ISREG(mode):
        return NewMember(dataclasses.replace(made, size=0))
    if _is_encrypted(ffi, entry) or (block is not None and block.is_encrypted):
        return NewMember(dataclasses.replace(made, flags=made.flags | layout.ENCRYPTED))
    checksum = None if block is None else block.checksum
    return NewMember(made, _read(ffi, entry, checksum, foreign), is_size_known=known)


def _read_name(ffi: Any, entry: Any) -> bytes:
    """Return the name's bytes: UTF-8, or as they are in an archive that tells no encoding."""
    name: bytes | None = ffi.entry_pathname(entry._entry_p)
    if name is not None:
        return name
    wide: str | None = ffi.entry_pathname_w(entry._entry_p)
    return (wide or "").encode("utf-8", "surrogatepass")


def _is_encrypted(ffi: Any, entry: Any) -> bool:
    ask = ffi.libarchive.archive_entry_is_data_encrypted  # not among the package's own functions
    ask.argtypes, ask.restype = [ctypes.c_void_p], ctypes.c_int
    return bool(ask(entry._entry_p))


def _read(ffi: Any, entry: Any, checksum: int | None, foreign: list[int]) -> Iterator[bytes]:
    """Yield a member's bytes. Raises MemberUnreadable where it is damaged.

    A method that libarchive does not know is added to `foreign`.
    """
    # Not `entry.get_blocks`, which takes a warning, such as of a wrong checksum, for bytes.
    buffer = ctypes.create_string_buffer(_CHUNK)
    actual = 0
    try:
        while count := ffi.read_data(entry._archive_p, buffer, _CHUNK):
            if count < 0:
                raise MemberUnreadable(_WRONG_CHECKSUM)
            piece = buffer.raw[:count]
            actual = zlib.crc32(piece, actual)
            yield piece
    except ffi.ArchiveError as exc:
        if (method := _find_foreign_method(exc.msg, foreign)) is not None:
            foreign.append(method)
            raise UnknownMethod(method) from exc
        raise MemberUnreadable(f"damaged in the archive: {exc.msg}"[:200]) from exc
    if checksum is not None and actual != checksum:
        raise MemberUnreadable(_WRONG_CHECKSUM)
