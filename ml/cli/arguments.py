"""Values that several commands take from the command line."""

import argparse
from pathlib import Path

from ml.errors import MonaError
from ml.scoring.piles import parse_confidence


def parse_confidence_argument(text: str) -> float:
    """Return a confidence, 0..1. Raises ArgumentTypeError."""
    if text.strip() == "1":
        return 1.0  # a command says 0..1, where a page means 1 %
    try:
        return parse_confidence(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parse_positive_integer(text: str) -> int:
    """Return a whole number from 1. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def check_writable(file: Path, source: Path) -> None:
    """Raise MonaError before the work begins if `file` cannot be written."""
    if file.is_dir():
        raise MonaError(f"{file} is a folder; name a file to write to.")
    if not file.absolute().parent.is_dir():
        raise MonaError(f"There is no folder {file.absolute().parent} to write {file.name} to.")
    if file.exists() and source.exists() and file.samefile(source):
        raise MonaError(f"{file} is the input. Name another file for the output.")
