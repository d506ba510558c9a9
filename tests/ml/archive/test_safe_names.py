"""Names from outside are safe to show."""

from __future__ import annotations

import pytest

from ml.archive.safe_names import mask_hostile


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("莫娜 ö.png", "莫娜 ö.png"),
        ("a\r\nb", "a\ufffd\ufffdb"),
        ("rtl\u202egnp.exe", "rtl\ufffdgnp.exe"),
        ("\udcff.png", "\ufffd.png"),
    ],
)
def test_misleading_characters_become_visible(name: str, shown: str) -> None:
    assert mask_hostile(name) == shown
