"""Read the settings of `serve`, and check port and data folder before anything starts."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from webapp.config import Settings
from webapp.errors import ConfigError
from webapp.storage.lane import find_holder

HOST = "127.0.0.1"
_FOLDERS = ("MONASIEVE_DATA", "MONASIEVE_STORAGE_ROOT", "MONASIEVE_WATCH")


def load_environment(env_file: Path) -> Settings:
    """Merge the file into the environment, which comes first, and read the settings.

    The parts of the program run in another folder, so relative folders are made absolute. Those in
    the environment are relative to the current folder, those in the file to the file's folder.

    Raises ConfigError with a sentence.
    """
    values = read_env_file(env_file)
    for base, source in ((Path.cwd(), os.environ), (env_file.absolute().parent, values)):
        for variable in _FOLDERS:
            if text := source.get(variable, "").strip():
                source[variable] = str(base / text)
    for variable, value in values.items():
        os.environ.setdefault(variable, value)
    settings = Settings.from_env()
    os.environ["MONASIEVE_DATA"] = str(settings.data_dir)
    return settings


def read_env_file(file: Path) -> dict[str, str]:
    """Read a file of KEY=VALUE lines; comments and empty lines are ignored.

    Raises ConfigError for any other line.
    """
    settings = {}
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not equals:
            raise ConfigError(f"{file.name}, line {number}: {line!r} is not of the form KEY=VALUE.")
        settings[key.strip()] = value.strip().strip("\"'")
    return settings


def parse_port(text: str) -> int:
    """Return the port as a number. Raises ConfigError."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ConfigError(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def check_port_is_free(port: int) -> None:
    """Raise ConfigError if `port` cannot be used on this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind((HOST, port))
        except OSError as error:
            other = port % 65535 + 1
            raise ConfigError(
                f"Port {port} cannot be used ({error.strerror}): perhaps MonaSieve runs already, "
                f"or another program does. Take another one: PORT={other} make run, or "
                f"PORT={other} monasieve serve"
            ) from error


def check_data_is_free(data: Path) -> None:
    """Raise ConfigError if another MonaSieve works on this folder.

    The other runner holds the lock. Without this check, supervisor would restart a second runner
    again and again.
    """
    if holder := find_holder(data / "sieve.lock"):
        raise ConfigError(
            f"MonaSieve already works on {data} (process {holder}). Stop it first, or give this "
            "one a folder of its own with MONASIEVE_DATA=..."
        )
