"""Where the files around the packages lie: beside them in a checkout, inside webapp in a wheel."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_FROM_WHEEL = _PACKAGE / "resources"  # the wheel is built so: see pyproject.toml

IS_CHECKOUT = not _FROM_WHEEL.is_dir()
RESOURCES = _PACKAGE.parent if IS_CHECKOUT else _FROM_WHEEL
"""Holds templates/, static/ and wsgi.py."""


def choose_data_dir() -> Path:
    """`instance` of the checkout; of an installed program the user's data folder (XDG)."""
    if IS_CHECKOUT:
        return RESOURCES / "instance"
    return _find_user_folder("XDG_DATA_HOME", ".local/share") / "monasieve"


def choose_env_file() -> Path:
    """`.env` of the checkout; of an installed program `monasieve.env` in the user's settings."""
    if IS_CHECKOUT:
        return RESOURCES / ".env"
    return _find_user_folder("XDG_CONFIG_HOME", ".config") / "monasieve.env"


def _find_user_folder(variable: str, default: str) -> Path:
    folder = Path(os.environ.get(variable, ""))
    return folder if folder.is_absolute() else Path.home() / default  # as the XDG standard asks
