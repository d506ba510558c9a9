"""List and read the members of a zip that nobody vouches for. Nothing is ever extracted."""

import dataclasses
import lzma
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ml.archive.formats import has_picture_suffix, is_picture
from ml.archive.limits import Limits
from ml.archive.names import readable_names
from ml.errors import ArchiveError, ArchiveTooLarge, MemberSkipped, MemberUnreadable

_SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db"})
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
# What zipfile and the decompressors raise on damaged members.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, NotImplementedError, ValueError),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """One entry of the archive's directory."""

    number: int  # place in the directory, from 0
    path: str  # readable and perhaps hostile: to be shown, never to be joined
    size: int  # bytes, unpacked, by the archive's own claim
    skip: str | None  # why it is not looked at


def list_members(archive: Path, limits: Limits) -> list[Member]:
    """Every member in the archive's order; one that is no picture carries its reason.

    Sizes are the archive's own claim: reading counts them again.
    Raises ArchiveError, or ArchiveTooLarge, with a sentence for the person who uploaded it.
    """
    with open_zip(archive) as zf:
        infos = zf.infolist()
        _check_limits(infos, archive.stat().st_size, limits)
        paths = readable_names(infos)
        members = [
            Member(number, path, info.file_size, _reason_to_skip(zf, info, path, limits))
            for number, (info, path) in enumerate(zip(infos, paths, strict=True))
        ]
        _check_any_picture(infos, members)
    return members


class OpenArchive:
    """An archive held open, to read many members: opening a large one costs a second."""

    def __init__(self, archive: Path, limits: Limits) -> None:
        """Raises ArchiveError."""
        self._limits = limits
        self._zip = open_zip(archive)
        self._infos = self._zip.infolist()

    def __enter__(self) -> "OpenArchive":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the archive's file."""
        self._zip.close()

    def read(self, number: int) -> bytes:
        """The unpacked bytes of a member, checksum verified.

        Raises MemberUnreadable when it is damaged, MemberSkipped when it is larger than allowed.
        """
        limit = self._limits.member_bytes
        try:
            with self._zip.open(self._infos[number]) as member:
                data = member.read(limit + 1)
        except _DAMAGED as exc:
            raise MemberUnreadable(f"damaged in the archive: {exc}"[:200]) from exc
        except RuntimeError as exc:  # zipfile's word for a missing password
            raise MemberSkipped("encrypted") from exc
        if len(data) > limit:
            raise MemberSkipped(too_large(len(data), limit))
        return data


def too_large(size: int, limit: int) -> str:
    """The reason of a member over the limit, both in bytes."""
    return f"too large: {_in_words(size)}, the limit is {_in_words(limit)}"


def _in_words(size: int) -> str:
    if size < 1e6:
        return f"{size:,} bytes"
    return f"{size / 1e6:,.1f} MB" if size < 1e7 else f"{size / 1e6:,.0f} MB"


def open_zip(archive: Path) -> zipfile.ZipFile:
    """Open a zip and read its directory. Raises ArchiveError with what is wrong with it."""
    try:
        return zipfile.ZipFile(archive)
    except FileNotFoundError as exc:
        raise ArchiveError(f"The archive {archive.name} is no longer there.") from exc
    except UnicodeDecodeError as exc:
        raise ArchiveError(
            f"A name in that zip is said to be UTF-8 and is not ({exc.object[:80]!r}). "
            "Rename that file and pack it again."
        ) from exc
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as exc:
        raise ArchiveError(_what_it_is_instead(archive)) from exc


def _what_it_is_instead(archive: Path) -> str:
    with archive.open("rb") as stream:
        start = stream.read(16)
    if not start:
        return "That file is empty: 0 bytes arrived. Choose a zip archive or pictures."
    if start.startswith(b"PK"):
        return "That zip is cut off or damaged: its table of contents is missing. Pack it again."
    return "That file is neither a zip archive nor a picture. Pack the pictures as a zip."


def _check_limits(infos: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    if not infos:
        raise ArchiveError("That archive is empty: there is no file in it.")
    if len(infos) > limits.members:
        raise ArchiveTooLarge(
            f"The archive has {len(infos):,} members; the limit is {limits.members:,}. Split it."
        )
    unpacked = sum(info.file_size for info in infos)
    if unpacked > limits.unpacked_bytes:
        raise ArchiveTooLarge(
            f"The archive unpacks to {unpacked:,} bytes; "
            f"the limit is {limits.unpacked_bytes:,}. Split it."
        )
    if unpacked > limits.ratio * packed:
        raise ArchiveTooLarge(
            f"The archive unpacks to {unpacked / packed:,.0f} times its size; "
            f"the limit is {limits.ratio}. Pictures do not pack like this."
        )
    if sum(info.compress_size for info in infos) > packed:
        raise ArchiveError("The archive's members overlap each other: it is damaged or a trap.")


def _reason_to_skip(
    zf: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, limits: Limits
) -> str | None:
    name = PurePosixPath(path.replace("\\", "/"))
    if info.is_dir():
        return "a folder"
    if "__MACOSX" in name.parts or name.name.startswith("._"):
        return "bookkeeping of macOS"
    if name.name.lower() in _SYSTEM_FILES:
        return "bookkeeping of the system"
    mode = info.external_attr >> 16  # 0 where the zip was not made on a kind of Unix
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "no ordinary file"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted"
    if info.compress_type not in _METHODS:
        return f"packed by a method this program does not read ({info.compress_type})"
    if info.file_size > limits.member_bytes:
        return too_large(info.file_size, limits.member_bytes)
    if has_picture_suffix(name.name) or _looks_like_picture(zf, info):
        return None
    return "not a picture"


def _looks_like_picture(zf: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Crawls name files by their hash: where the name does not tell, the first bytes do."""
    try:
        with zf.open(info) as member:
            return is_picture(member.read(16))
    except (*_DAMAGED, RuntimeError):
        return False


def _check_any_picture(infos: list[zipfile.ZipInfo], members: list[Member]) -> None:
    if any(member.skip is None for member in members):
        return
    files = [info for info in infos if not info.is_dir()]
    if files and all(info.flag_bits & _ENCRYPTED for info in files):
        raise ArchiveError(
            f"All {len(files):,} files in that archive are encrypted. "
            "Pack them again without a password."
        )
    reasons = sorted({member.skip for member in members if member.skip})
    raise ArchiveError(
        f"There is no picture to look at among the archive's {len(members):,} members "
        f"({', '.join(reasons[:3])})."
    )
