"""Read the names of a zip's members, which may be in any encoding."""

import unicodedata
import zlib
from collections.abc import Iterable

from ml.archive import layout
from ml.archive.directory import Entry

NAMELESS = "(no name)"
_SAMPLE_BYTES = 1 << 16
# Encodings that East Asian systems use without naming them in the zip.
_CANDIDATES = ("cp932", "gbk", "big5", "euc_kr")
ENCODINGS = {
    "utf-8": "Unicode (UTF-8)",
    "cp932": "Japanese (Shift-JIS)",
    "gbk": "Chinese, simplified (GBK)",
    "big5": "Chinese, traditional (Big5)",
    "euc_kr": "Korean (EUC-KR)",
    "cp437": "Western, DOS (CP437)",
    "cp1252": "Western, Windows (CP1252)",
    "cp866": "Cyrillic, DOS (CP866)",
}
"""Encodings that names may have, with what people call them."""


def find_encoding(names: Iterable[tuple[bytes, int]]) -> str:
    """Find the encoding that fits all names best, apart from names marked as UTF-8.

    All names count together, because a single one is too short to tell Japanese from Chinese. 64 kB
    of names are enough, and no more are read.

    Args:
        names: with their flags.
    """
    sample: list[bytes] = []
    size = 0
    for name, flags in names:
        if name.isascii() or flags & layout.UTF8:
            continue
        size += len(name) + 1
        if size > _SAMPLE_BYTES and sample:
            break
        sample.append(name)
    return _guess_encoding(b"\n".join(sample))


def has_unmarked(names: Iterable[tuple[bytes, int]]) -> bool:
    """Tell whether a name beyond ASCII is not marked as UTF-8."""
    return any(not name.isascii() and not flags & layout.UTF8 for name, flags in names)


def read_path(entry: Entry, encoding: str) -> str:
    """Return a member's path as text. `encoding` applies to names not marked as UTF-8."""
    name = entry.name.decode("utf-8" if entry.flags & layout.UTF8 else encoding, "replace")
    path = _find_unicode_path(entry) or name or NAMELESS
    return path.replace("\0", "\ufffd")  # no file system takes a zero


def _guess_encoding(names: bytes) -> str:
    try:
        names.decode("utf-8")
    except UnicodeDecodeError:
        candidates = [(_measure_oddness(names, e), n, e) for n, e in enumerate(_CANDIDATES)]
        oddness, _, encoding = min(candidates)
        return encoding if oddness < 0.5 else "cp437"
    return "utf-8"


def _measure_oddness(names: bytes, encoding: str) -> float:
    """Rate how unusual the names are in an encoding.

    Bytes of another encoding give half-width kana, symbols and rare characters. Kana and hangul
    count for more because they hardly ever come out by chance.

    Returns 0 if every character beyond ASCII is usual in file names of that encoding, 1 if none
    is or the bytes are not valid in it.
    """
    try:
        letters = [c for c in names.decode(encoding) if not c.isascii()]
    except UnicodeDecodeError:
        return 1.0
    usual = sum(_rate_letter(c, encoding) for c in letters)
    return 1.0 - usual / max(1, len(letters))


def _rate_letter(letter: str, encoding: str) -> float:
    """Rate how usual a letter is in names of that encoding, 0..1."""
    name = unicodedata.name(letter, "")
    if name.startswith(("HIRAGANA", "KATAKANA", "HANGUL SYLLABLE")):
        return 1.0
    if not name.startswith("CJK UNIFIED"):
        return 0.0
    # The first plane of each of these sets holds the characters in daily use.
    lead = letter.encode(encoding)[0]
    daily = {
        "cp932": 0x88 <= lead <= 0x97,
        "gbk": 0xB0 <= lead <= 0xD7 and letter.encode(encoding)[1] >= 0xA1,
        "big5": 0xA4 <= lead <= 0xC6,
        "euc_kr": False,  # names in Korean are hangul
    }
    return 0.9 if daily[encoding] else 0.2


def _find_unicode_path(entry: Entry) -> str | None:
    """Return the path in Info-ZIP's Unicode field; None if its checksum is of another name."""
    for kind, field in layout.iter_extra_fields(entry.extra):
        if kind == layout.UNICODE_PATH_FIELD and len(field) > 5 and field[0] == 1:
            belongs = int.from_bytes(field[1:5], "little") == zlib.crc32(entry.name)
            return field[5:].decode("utf-8", "replace") if belongs else None
    return None
