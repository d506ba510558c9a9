"""Names from outside, made safe to show."""

from __future__ import annotations

import re

HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, and characters that change the direction of writing: with these, a name that
ends in "gpj.exe" could be shown as if it ended in "exe.jpg"."""


def mask_hostile(text: str) -> str:
    """Replace each character that could mislead or be invisible by U+FFFD."""
    return HOSTILE.sub("\ufffd", text)
