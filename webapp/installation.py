"""Find the files outside the packages: beside them in a checkout, inside webapp in a wheel."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_FROM_WHEEL = _PACKAGE / "resources"  # tools/build_hook.py puts it there

IS_CHECKOUT = not _FROM_WHEEL.is_dir()
RESOURCES = _PACKAGE.parent if IS_CHECKOUT else _FROM_WHEEL
"""Holds templates/, static/ and wsgi.py."""


def choose_data_dir() -> Path:
    """Return `instance` in a checkout; for an installed program, the user's data folder (XDG)."""
    if IS_CHECKOUT:
        return RESOURCES / "instance"
    return _find_user_folder("XDG_DATA_HOME", ".local/share") / "monasieve"


def choose_env_file() -> Path:
    """Return `.env` in a checkout; for an installed program, `monasieve.env` (XDG)."""
    if IS_CHECKOUT:
        return RESOURCES / ".env"
    return _find_user_folder("XDG_CONFIG_HOME", ".config") / "monasieve.env"


def _find_user_folder(variable: str, default: str) -> Path:
    folder = Path(os.environ.get(variable, ""))
    return folder if folder.is_absolute() else Path.home() / default  # as the XDG standard asks
