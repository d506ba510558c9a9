"""What a member of a zip is called, whatever its name's encoding was."""

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator

UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075  # Info-ZIP's extra field: the name in UTF-8, beside the old one
# Encodings of zips that do not say theirs, as East Asian systems wrote them.
_CANDIDATES = ("cp932", "gbk", "big5", "euc_kr")


def raw_name(info: zipfile.ZipInfo) -> bytes:
    """The name's bytes as they stand in the archive; zipfile reads unmarked ones as cp437."""
    return info.orig_filename.encode("utf-8" if info.flag_bits & UTF8_FLAG else "cp437")


def readable_names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """The members' paths for people to read, in order.

    Unmarked names are read in the one encoding that suits all of them best: a single name is
    too short to tell Japanese from Chinese.
    """
    unmarked = [raw_name(i) for i in infos if not i.flag_bits & UTF8_FLAG]
    encoding = _encoding_of(b"\n".join(name for name in unmarked if not name.isascii()))
    return [_unicode_path(i) or _decoded(i, encoding) for i in infos]


def _decoded(info: zipfile.ZipInfo, encoding: str) -> str:
    if info.flag_bits & UTF8_FLAG:
        return info.orig_filename
    return raw_name(info).decode(encoding)


def _encoding_of(names: bytes) -> str:
    try:
        names.decode("utf-8")
    except UnicodeDecodeError:
        fitting = [(_oddness(names, e), n, e) for n, e in enumerate(_CANDIDATES)]
        oddness, _, encoding = min(fitting)
        return encoding if oddness < 0.5 else "cp437"
    return "utf-8"


def _oddness(names: bytes, encoding: str) -> float:
    """0: every character beyond ASCII is usual in file names of that encoding; 1: none, or wrong.

    Bytes of another encoding give half-width kana, symbols and rare characters; kana and hangul
    come out by chance so seldom that they count for more.
    """
    try:
        letters = [c for c in names.decode(encoding) if not c.isascii()]
    except UnicodeDecodeError:
        return 1.0
    usual = sum(_usual(c, encoding) for c in letters)
    return 1.0 - usual / max(1, len(letters))


def _usual(letter: str, encoding: str) -> float:
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


def _unicode_path(info: zipfile.ZipInfo) -> str | None:
    """The name in Info-ZIP's Unicode field, where it belongs to this name."""
    for kind, field in extra_fields(info.extra):
        if kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1:
            belongs = int.from_bytes(field[1:5], "little") == zlib.crc32(raw_name(info))
            return field[5:].decode("utf-8", "replace") if belongs else None
    return None


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """The parts of a member's extra field, (kind, content); what is malformed at its end is -1."""
    at = 0
    while at < len(extra):
        kind, size = struct.unpack_from("<HH", extra, at) if at + 4 <= len(extra) else (-1, 0)
        if kind < 0 or at + 4 + size > len(extra):
            yield -1, extra[at:]
            return
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size
