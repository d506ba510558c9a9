"""What the parts of the program print: lines of text, or JSON for machines."""

from __future__ import annotations

import logging

from pythonjsonlogger.json import JsonFormatter

from webapp.errors import ConfigError

FORMATS = ("text", "json")


def configure_logging(style: str) -> None:
    """Print log lines to the standard error stream. Raises ConfigError for an unknown style."""
    if style not in FORMATS:
        raise ConfigError(f"MONASIEVE_LOG holds {style!r}; it must be text or json.")
    handler = logging.StreamHandler()
    if style == "json":
        handler.setFormatter(
            JsonFormatter("{levelname}{name}{message}", style="{", timestamp="time")
        )
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
