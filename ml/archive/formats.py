"""The formats of pictures and archives: suffixes, first bytes, MIME types, in one table each."""

import dataclasses
import re

START_BYTES = 512
"""Bytes from a file's start that tell every format below. For a picture, 16 are enough."""


@dataclasses.dataclass(frozen=True, slots=True)
class PictureFormat:
    """A format of pictures that can be scored."""

    pillow_names: tuple[str, ...]  # the first one opens it, all of them may come back
    suffixes: tuple[str, ...]
    start: re.Pattern[bytes]
    mime_type: str
    shown_by_browsers: bool


@dataclasses.dataclass(frozen=True, slots=True)
class ArchiveFormat:
    """A format of archives that can be read."""

    label: str  # with its article, for sentences
    suffixes: tuple[str, ...]
    start: re.Pattern[bytes]
    is_tar: bool = False  # perhaps compressed
    is_common: bool = False  # other programs use it for their own files, too

    @property
    def is_zip(self) -> bool:
        return self == ZIP


def _compile(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


def _compressed(label: str, suffixes: tuple[str, ...], start: bytes) -> ArchiveFormat:
    return ArchiveFormat(label, suffixes, _compile(start), is_tar=True, is_common=True)


# Pillow reads more formats (EPS, PDF, fonts …). They are left out because they rarely hold pictures
# of characters, and because an attacker could use every further parser.
PICTURE_FORMATS = (
    PictureFormat(
        pillow_names=("JPEG", "MPO"),  # MPO: a JPEG file that holds several pictures
        suffixes=(".jpg", ".jpeg", ".jpe", ".jfif"),
        start=_compile(rb"\xff\xd8\xff"),
        mime_type="image/jpeg",
        shown_by_browsers=True,
    ),
    PictureFormat(
        pillow_names=("PNG",),
        suffixes=(".png", ".apng"),
        start=_compile(rb"\x89PNG\r\n"),
        mime_type="image/png",
        shown_by_browsers=True,
    ),
    PictureFormat(
        pillow_names=("WEBP",),
        suffixes=(".webp",),
        start=_compile(rb"RIFF.{4}WEBP"),
        mime_type="image/webp",
        shown_by_browsers=True,
    ),
    PictureFormat(
        pillow_names=("GIF",),
        suffixes=(".gif",),
        start=_compile(rb"GIF8"),
        mime_type="image/gif",
        shown_by_browsers=True,
    ),
    PictureFormat(
        pillow_names=("BMP",),
        suffixes=(".bmp", ".dib"),
        # The empty reserved fields count as well, because two letters alone would match many texts.
        start=_compile(rb"BM.{4}\0{4}"),
        mime_type="image/bmp",
        shown_by_browsers=True,
    ),
    PictureFormat(
        pillow_names=("TIFF",),
        suffixes=(".tif", ".tiff"),
        start=_compile(rb"II\*\0|MM\0\*"),
        mime_type="image/tiff",
        shown_by_browsers=False,
    ),
    PictureFormat(
        pillow_names=("AVIF",),
        suffixes=(".avif",),
        # mif1 and msf1 are brands of HEIF's container: the list of brands behind them decides.
        start=_compile(rb".{4}ftyp(?:avi[fs]|m[is]f1.{4}(?:.{4}){0,10}?avi[fs])"),
        mime_type="image/avif",
        shown_by_browsers=True,
    ),
    PictureFormat(
        pillow_names=("HEIF",),
        suffixes=(".heic", ".heif"),
        start=_compile(rb".{4}ftyp(?:he[iv][cx]|m[is]f1)"),
        mime_type="image/heif",
        shown_by_browsers=False,
    ),
)
PILLOW_NAMES = tuple(picture.pillow_names[0] for picture in PICTURE_FORMATS)
ZIP = ArchiveFormat(
    "a zip archive", (".zip", ".cbz"), _compile(rb"PK[\x01\x03\x05-\x07]"), is_common=True
)
ARCHIVE_FORMATS = (
    ZIP,
    ArchiveFormat("a RAR archive", (".rar", ".cbr"), _compile(rb"Rar!\x1a\x07")),
    ArchiveFormat("a 7z archive", (".7z", ".cb7"), _compile(rb"7z\xbc\xaf\x27\x1c")),
    ArchiveFormat("a tar archive", (".tar", ".cbt"), _compile(rb".{257}ustar"), is_tar=True),
    _compressed("a gzip file", (".gz", ".tgz"), rb"\x1f\x8b\x08"),
    _compressed("a bzip2 file", (".bz2", ".tbz2"), rb"BZh[1-9]"),
    _compressed("an xz file", (".xz", ".txz"), rb"\xfd7zXZ\0"),
    _compressed("a Zstandard file", (".zst", ".tzst"), rb"\x28\xb5\x2f\xfd"),
)
_TAR_NAME = re.compile(r"\.(?:tar\.\w+|t(?:gz|bz2|xz|zst))\Z", re.IGNORECASE)
_SPLIT_PART = re.compile(r"\.(?:z\d\d|r\d\d|\d{3}|part\d+\.rar)\Z", re.IGNORECASE)
_BY_PICTURE_SUFFIX = {suffix: one for one in PICTURE_FORMATS for suffix in one.suffixes}
_BY_ARCHIVE_SUFFIX = {suffix: one for one in ARCHIVE_FORMATS for suffix in one.suffixes}
_BY_PILLOW_NAME = {name: one for one in PICTURE_FORMATS for name in one.pillow_names}


def is_picture(start: bytes) -> bool:
    """Tell whether a file is a picture, by its first 16 bytes or more."""
    return _find_picture_format(start) is not None


def has_picture_suffix(name: str) -> bool:
    """Tell whether a file's name or path ends with the suffix of a picture."""
    return _get_suffix(name) in _BY_PICTURE_SUFFIX


def has_archive_suffix(name: str) -> bool:
    """Tell whether a file's name ends with the suffix of an archive, readable or not."""
    return _get_suffix(name) in _BY_ARCHIVE_SUFFIX


def find_browser_mime_type(data: bytes) -> str | None:
    """Return the MIME type of a picture's bytes; None if not every browser shows it."""
    picture = _find_picture_format(data)
    return picture.mime_type if picture and picture.shown_by_browsers else None


def is_shown_by_browsers(pillow_name: str) -> bool:
    """Tell by Pillow's name of the format whether every browser shows the picture."""
    picture = _BY_PILLOW_NAME.get(pillow_name)
    return picture is not None and picture.shown_by_browsers


def find_archive_format(name: str, start: bytes) -> ArchiveFormat | None:
    """Find an archive's format by the first START_BYTES bytes, or by the name if none matches.

    A file that starts as a picture is none.
    """
    if not start or is_picture(start):
        return None
    matching = (one for one in ARCHIVE_FORMATS if one.start.match(start))
    return next(matching, _BY_ARCHIVE_SUFFIX.get(_get_suffix(name)))


def describe_inner_archive(name: str, start: bytes) -> str | None:
    """Return what an archive within an archive is, with its article; None for any other file.

    Args:
        start: the first START_BYTES bytes, or fewer if no more can be read.
    """
    named = _BY_ARCHIVE_SUFFIX.get(_get_suffix(name))
    kind = next((one for one in ARCHIVE_FORMATS if one.start.match(start)), named)
    if kind is None or (kind.is_common and named is None):
        return None
    if kind.is_zip:
        return "a zip"
    return "a tar archive" if kind.is_tar and _TAR_NAME.search(name) else kind.label


def describe_split_part(name: str) -> str | None:
    """Return a sentence if a file's name is that of one part of a split archive, else None."""
    if not _SPLIT_PART.search(name):
        return None
    return (
        f"{name} is one part of an archive that was split. Unpack or join all its parts, and send "
        "the whole."
    )


def describe_refused_file(name: str, start: bytes) -> str:
    """Return a sentence that names a refused file and the formats to use instead.

    Args:
        start: the file's first bytes; empty for an empty file.
    """
    if not start:
        return f"{name} is empty: 0 bytes arrived. Choose an archive or pictures."
    return describe_split_part(name) or (
        f"{name} is neither an archive nor a picture. Choose pictures, a folder, or a zip, RAR, 7z "
        "or tar archive."
    )


def _find_picture_format(start: bytes) -> PictureFormat | None:
    return next((one for one in PICTURE_FORMATS if one.start.match(start)), None)


def _get_suffix(name: str) -> str:
    """Return the suffix as `pathlib` defines it. `pathlib` is too slow for 100,000 names."""
    last = name.rpartition("/")[2]
    dot = last.rfind(".")
    return last[dot:].lower() if dot > 0 else ""
