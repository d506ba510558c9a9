"""Names from outside, made fit to be shown."""

from __future__ import annotations

import re

HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters and those that turn the direction of writing: what ends in "gpj.exe" must not
read as if it ended in "exe.jpg"."""


def plain(text: str) -> str:
    """A name from outside, with what could mislead or vanish made visible."""
    return HOSTILE.sub("\ufffd", text)
