"""Publish trained folders, each by one rename."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ml.disk import publish_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def publish(draft: Path, out: Path, names: Sequence[str]) -> None:
    """Copy folders of `draft` into `out` under hidden names, then rename them in this order.

    No published folder changes before every copy is complete, because the disk may be full.
    Raises OSError.
    """
    out.mkdir(parents=True, exist_ok=True)
    copies = {name: out / f".{name}.draft" for name in names}  # hidden ones are no targets
    try:
        for name, copy in copies.items():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(draft / name, copy)
        for name, copy in copies.items():
            publish_folder(copy, out / name)
    finally:
        for copy in copies.values():
            shutil.rmtree(copy, ignore_errors=True)
