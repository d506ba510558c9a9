"""Names from outside, made safe to show."""

from __future__ import annotations

import re

HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, and those that turn the direction of writing: a name that ends in "gpj.exe"
must not read as if it ended in "exe.jpg"."""


def mask_hostile(text: str) -> str:
    """The text with each character that could mislead or vanish shown as U+FFFD."""
    return HOSTILE.sub("\ufffd", text)
