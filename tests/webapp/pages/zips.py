"""Zips in memory, for the tests that send them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping


def zipped(members: Mapping[str, bytes]) -> io.BytesIO:
    """A zip of these members, ready to be read."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in members.items():
            archive.writestr(path, data)
    out.seek(0)
    return out
